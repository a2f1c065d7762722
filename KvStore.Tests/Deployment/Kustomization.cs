using System.Globalization;
using System.Text.Json.Nodes;

namespace KvStore.Tests.Deployment;

/// <summary>
/// The part of Kustomize that these manifests use: resources, namespace, images, and JSON patches (RFC 6902) on targets by kind
/// and name. A field or operation beyond that is refused, so that nothing is passed over which <c>kubectl</c> would do.
/// </summary>
internal static class Kustomization
{
    private static readonly string[] Fields = ["apiVersion", "kind", "resources", "patches", "namespace", "images"];

    /// <summary>The documents that <c>kubectl kustomize FOLDER</c> would print.</summary>
    public static List<JsonObject> Resolve(string folder)
    {
        var kustomization = ReadFile(Path.Combine(folder, "kustomization.yaml")).Single();
        if (kustomization.Select(field => field.Key).Except(Fields).FirstOrDefault() is { } unknown)
        {
            throw new NotSupportedException($"{folder}: the field '{unknown}' of a kustomization is not resolved here.");
        }

        // In Kustomize's order, whatever the file's.
        var documents = List(kustomization, "resources").SelectMany(resource => ReadResource(Path.Combine(folder, $"{resource}"))).ToList();
        List(kustomization, "patches").ForEach(patch => Patch(documents, patch.AsObject()));
        if (kustomization["namespace"] is { } home)
        {
            documents.Where(document => $"{document["kind"]}" != "Namespace").ToList().ForEach(document => document["metadata"]!["namespace"] = $"{home}");
        }

        List(kustomization, "images").ForEach(image => SetImage(documents, image.AsObject()));
        return documents;
    }

    private static List<JsonNode> List(JsonObject kustomization, string field) => [.. kustomization[field]?.AsArray().OfType<JsonNode>() ?? []];

    private static IEnumerable<JsonObject> ReadResource(string path) => Directory.Exists(path) ? Resolve(path) : ReadFile(path);

    private static IEnumerable<JsonObject> ReadFile(string path) => YamlDocuments.Read(File.ReadAllText(path)).Select(document => document.AsObject());

    private static void SetImage(List<JsonObject> documents, JsonObject image)
    {
        var containers = documents.SelectMany(document => document["spec"]?["template"]?["spec"]?["containers"]?.AsArray() ?? []);
        foreach (var container in containers.Where(container => $"{container!["image"]}" == $"{image["name"]}"))
        {
            container!["image"] = $"{image["newName"] ?? image["name"]}:{image["newTag"] ?? "latest"}";
        }
    }

    private static void Patch(List<JsonObject> documents, JsonObject patch)
    {
        var target = patch["target"]!;
        var targets = documents.Where(document => Matches(target["kind"], document["kind"]) && Matches(target["name"], document["metadata"]!["name"])).ToList();
        Assert.False(targets.Count == 0, $"A patch has no target: {target}");
        foreach (var document in targets)
        {
            foreach (var operation in YamlDocuments.Read($"{patch["patch"]}").Single().AsArray())
            {
                Apply(document, $"{operation!["op"]}", $"{operation["path"]}", operation["value"]);
            }
        }
    }

    private static bool Matches(JsonNode? wanted, JsonNode? present) => wanted is null || $"{wanted}" == $"{present}";

    private static void Apply(JsonObject document, string operation, string path, JsonNode? value)
    {
        string[] steps = [.. path.Split('/').Skip(1).Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        JsonNode parent = document;
        foreach (var step in steps[..^1])
        {
            parent = parent switch
            {
                JsonArray array => array[int.Parse(step, CultureInfo.InvariantCulture)]!,
                _ => parent[step] ?? throw new InvalidOperationException($"The patch {path} leads nowhere: there is no '{step}'."),
            };
        }

        var (owner, last) = (parent.AsObject(), steps[^1]);
        switch (operation)
        {
            case "remove" or "replace" when !owner.ContainsKey(last):
                throw new InvalidOperationException($"The patch would {operation} {path}, which is not there.");
            case "remove":
                owner.Remove(last);
                break;
            case "add" or "replace":
                owner[last] = value?.DeepClone();
                break;
            default:
                throw new NotSupportedException($"The operation '{operation}' of a patch is not resolved here.");
        }
    }
}
