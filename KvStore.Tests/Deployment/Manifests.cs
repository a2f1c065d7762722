using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace KvStore.Tests.Deployment;

/// <summary>The documents of one overlay, in the types of Kubernetes' own interface.</summary>
internal sealed class Manifests
{
    /// <summary>The folders below <c>deploy/kubernetes/overlays</c>.</summary>
    public static readonly string[] Overlays = [.. Directory.GetDirectories(Repository.PathOf("deploy", "kubernetes", "overlays")).Select(path => Path.GetFileName(path)).Order()];

    private static readonly ConcurrentDictionary<string, Manifests> Loaded = [];

    private readonly List<IKubernetesObject<V1ObjectMeta>> _objects;

    private Manifests(IEnumerable<IKubernetesObject<V1ObjectMeta>> objects) => _objects = [.. objects];

    /// <summary>Every document.</summary>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> All => _objects;

    /// <summary>The pods by the name of what makes them: leader, follower, dashboard.</summary>
    public IReadOnlyDictionary<string, V1PodTemplateSpec> Pods => Of<V1StatefulSet>().Select(set => (set.Metadata.Name, set.Spec.Template))
        .Concat(Of<V1Deployment>().Select(deployment => (deployment.Metadata.Name, deployment.Spec.Template))).ToDictionary();

    /// <summary>The documents of a kind.</summary>
    public IEnumerable<T> Of<T>() => _objects.OfType<T>();

    /// <summary>The document of a kind that has a name.</summary>
    public T Get<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => _objects.OfType<T>().Single(found => found.Metadata.Name == name);

    /// <summary>The value of a container's variable; null when it is not set, or set from elsewhere.</summary>
    public string? Variable(string pod, string name) => Pods[pod].Spec.Containers.Single().Env.SingleOrDefault(variable => variable.Name == name)?.Value;

    /// <summary>Resolves an overlay and reads each of its documents.</summary>
    /// <exception cref="Exception">A document has a field that its type does not have, or a value of another type.</exception>
    public static Manifests Load(string overlay) => Loaded.GetOrAdd(
        overlay, name => new(Kustomization.Resolve(Repository.PathOf("deploy", "kubernetes", "overlays", name)).Select(Read)));

    /// <summary>
    /// Reads one document, twice: the reader of YAML refuses fields that there are not but takes 5 for "5", as the API server
    /// does not; the reader of JSON is the other way about.
    /// </summary>
    public static IKubernetesObject<V1ObjectMeta> Read(JsonObject document)
    {
        KubernetesYaml.LoadAllFromString(document.ToJsonString(), strict: true);
        return $"{document["apiVersion"]} {document["kind"]}" switch
        {
            "v1 Namespace" => KubernetesJson.Deserialize<V1Namespace>(document),
            "v1 Pod" => KubernetesJson.Deserialize<V1Pod>(document),
            "v1 Service" => KubernetesJson.Deserialize<V1Service>(document),
            "apps/v1 StatefulSet" => KubernetesJson.Deserialize<V1StatefulSet>(document),
            "apps/v1 Deployment" => KubernetesJson.Deserialize<V1Deployment>(document),
            "policy/v1 PodDisruptionBudget" => KubernetesJson.Deserialize<V1PodDisruptionBudget>(document),
            "networking.k8s.io/v1 NetworkPolicy" => KubernetesJson.Deserialize<V1NetworkPolicy>(document),
            var other => throw new NotSupportedException($"No type is known here for '{other}'."),
        };
    }
}
