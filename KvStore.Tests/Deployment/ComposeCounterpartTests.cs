using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;

namespace KvStore.Tests.Deployment;

/// <summary>
/// What is set for Docker Compose is set for Kubernetes too, or stands here with the reason why not. A setting that nobody has
/// thought of here fails.
/// </summary>
public sealed class ComposeCounterpartTests
{
    private static readonly Dictionary<string, string> VariablesOfComposeAlone = new()
    {
        ["CLUSTER_SECRET_FILE"] = "the file in a volume that all nodes mount needs one machine; Kubernetes has a Secret",
    };

    // Values that are another on purpose; names, addresses and secrets are others everywhere.
    private static readonly Dictionary<string, string> OtherValues = new()
    {
        ["NODE_ID"] = "the name of the pod",
        ["OTEL_SERVICE_NAME"] = "the same",
        ["FOLLOWERS"] = "the names of pods",
        ["LEADER"] = "the name of a Service or pod",
        ["KVSTORE_OTLP_HEADERS"] = "made of the Secret",
        ["DATA_DIR"] = "the same",
        ["MAX_DELAY_MS"] = "Compose shows the effects of lag; between machines there is some already",
    };

    public static TheoryData<string, string> ServicesAndOverlays
    {
        get
        {
            var data = new TheoryData<string, string>();
            ComposeFile.Services().Keys.SelectMany(service => Manifests.Overlays, (service, overlay) => (service, overlay)).ToList()
                .ForEach(pair => data.Add(pair.service, pair.overlay));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ServicesAndOverlays))]
    public void Every_variable_of_a_service_is_set_in_its_pod(string service, string overlay)
    {
        var manifests = Manifests.Load(overlay);
        var pod = PodOf(service);
        var present = manifests.Pods[pod].Spec.Containers.Single().Env.ToDictionary(variable => variable.Name);

        foreach (var (name, value) in ComposeFile.Environment(ComposeFile.Services()[service]))
        {
            // Service discovery by variables is for engines without names; in Kubernetes, DNS has them.
            if (name.StartsWith("services__", StringComparison.Ordinal) || name.EndsWith("_HTTP", StringComparison.Ordinal) || VariablesOfComposeAlone.ContainsKey(name))
            {
                continue;
            }

            Assert.True(present.TryGetValue(name, out var variable), $"{name} of the service {service} has no counterpart in the pods of {pod}.");
            if (variable.Value is { } here && !OtherValues.ContainsKey(name))
            {
                Assert.True(here == value, $"{name} is '{value}' in the service {service} and '{here}' in the pods of {pod}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(ServicesAndOverlays))]
    public void Every_other_setting_of_a_service_has_its_counterpart_in_its_pod(string service, string overlay)
    {
        var manifests = Manifests.Load(overlay);
        var pod = manifests.Pods[PodOf(service)];
        foreach (var (setting, value) in ComposeFile.Services()[service])
        {
            Assert.True(HasCounterpart(setting, value!, ComposeFile.Services()[service], pod, manifests), $"{setting} of the service {service}: {value!.ToJsonString()}");
        }
    }

    [Fact]
    public void A_setting_that_nobody_has_thought_of_is_noticed() => Assert.Throws<NotSupportedException>(
        () => HasCounterpart("privileged", JsonValue.Create(true), [], Manifests.Load("one-machine").Pods["leader"], Manifests.Load("one-machine")));

    private static bool HasCounterpart(string setting, JsonNode value, JsonObject service, V1PodTemplateSpec pod, Manifests manifests)
    {
        var container = pod.Spec.Containers.Single();
        return setting switch
        {
            "environment" => true, // Above.
            "image" => container.Image.Split('/')[^1].Split(':')[0] == $"{value}".Split(':')[0],
            "build" => true, // An image has to be built, or pulled, beforehand.
            "user" => $"{value}".Split(':')[0] == $"{pod.Spec.SecurityContext.RunAsUser}",
            "read_only" => container.SecurityContext.ReadOnlyRootFilesystem == (bool)value,
            "cap_drop" => container.SecurityContext.Capabilities.Drop.SequenceEqual(value.AsArray().Select(name => $"{name}")),
            "security_opt" => value.AsArray().All(option => $"{option}".StartsWith("no-new-privileges", StringComparison.Ordinal)) && container.SecurityContext.AllowPrivilegeEscalation == false,
            "tmpfs" => (value as JsonArray ?? [value.DeepClone()]).Select(path => $"{path}".Split(':')[0]).All(path => IsEmptyFolder(path, pod)),
            "volumes" => ComposeFile.VolumeTargets(service).Except(FoldersOfSecretFiles(service)).All(path => container.VolumeMounts.Any(mount => mount.MountPath == path)),
            "healthcheck" => container.ReadinessProbe.HttpGet.Path == "/health",
            "restart" => pod.Spec.RestartPolicy is null or "Always",
            "ports" or "expose" => ComposeFile.PortsInside(value).All(port => manifests.Of<V1Service>().Any(found => IsServedBy(found, pod, port))),
            "stop_grace_period" => pod.Spec.TerminationGracePeriodSeconds >= Seconds($"{value}"),
            "mem_limit" => container.Resources.Limits["memory"].ToInt64() >= Bytes($"{value}"),
            "deploy" => value["resources"]?["limits"]?["memory"] is { } memory && container.Resources.Limits["memory"].ToInt64() >= Bytes($"{memory}"),
            "depends_on" => true, // Nobody waits: see docs/architecture.md.
            "networks" => manifests.Of<V1NetworkPolicy>().Any(),
            _ => throw new NotSupportedException($"What Kubernetes has for '{setting}' of Docker Compose is not known here."),
        };
    }

    private static string PodOf(string service) => service.StartsWith("follower", StringComparison.Ordinal) ? "follower" : service;

    private static bool IsEmptyFolder(string path, V1PodTemplateSpec pod) => pod.Spec.Containers.Single().VolumeMounts
        .Any(mount => mount.MountPath == path && pod.Spec.Volumes.Any(volume => volume.Name == mount.Name && volume.EmptyDir is not null));

    private static IEnumerable<string> FoldersOfSecretFiles(JsonObject service) => ComposeFile.Environment(service)
        .Where(variable => VariablesOfComposeAlone.ContainsKey(variable.Key)).Select(variable => Path.GetDirectoryName(variable.Value)!);

    private static bool IsServedBy(V1Service service, V1PodTemplateSpec pod, string port) =>
        service.Spec.Selector.All(label => pod.Metadata.Labels[label.Key] == label.Value)
        && service.Spec.Ports.Any(served => pod.Spec.Containers.Single().Ports.Any(open => open.Name == served.TargetPort.Value && $"{open.ContainerPort}" == port));

    private static int Seconds(string text) => text[^1] == 's' && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        ? seconds
        : throw new FormatException($"'{text}' is not a number of seconds.");

    private static long Bytes(string text)
    {
        var digits = text.TrimEnd('b', 'B', 'k', 'K', 'm', 'M', 'g', 'G');
        var factor = text[digits.Length..].ToUpperInvariant() switch
        {
            "" or "B" => 1L,
            "K" or "KB" => 1L << 10,
            "M" or "MB" => 1L << 20,
            "G" or "GB" => 1L << 30,
            var unit => throw new FormatException($"'{unit}' is no unit of bytes."),
        };
        return long.Parse(digits, CultureInfo.InvariantCulture) * factor;
    }
}
