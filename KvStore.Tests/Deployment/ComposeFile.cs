using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KvStore.Tests.Deployment;

/// <summary>The services of <c>docker-compose.yml</c>, as they are when no variable is set.</summary>
internal static partial class ComposeFile
{
    /// <summary>Every service with its settings.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Services()
    {
        var text = File.ReadAllText(Repository.PathOf("docker-compose.yml"));
        var filled = Variable().Replace(text, match => match.Groups["default"].Value).Replace("$$", "$", StringComparison.Ordinal);
        return YamlDocuments.Read(filled).Single()["services"]!.AsObject().ToDictionary(service => service.Key, service => service.Value!.AsObject());
    }

    /// <summary>A service's variables.</summary>
    public static IReadOnlyDictionary<string, string> Environment(JsonObject service) => service["environment"] switch
    {
        JsonObject map => map.ToDictionary(variable => variable.Key, variable => $"{variable.Value}"),
        JsonArray list => list.Select(variable => $"{variable}".Split('=', 2)).ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? ""),
        _ => new Dictionary<string, string>(),
    };

    /// <summary>Where a service has its volumes.</summary>
    public static IEnumerable<string> VolumeTargets(JsonObject service) =>
        service["volumes"]!.AsArray().Select(volume => volume is JsonObject described ? $"{described["target"]}" : $"{volume}".Split(':')[1]);

    /// <summary>The ports within its container that a service publishes.</summary>
    public static IEnumerable<string> PortsInside(JsonNode ports) =>
        ports.AsArray().Select(port => port is JsonObject described ? $"{described["target"]}" : $"{port}".Split(':')[^1].Split('/')[0]);

    [GeneratedRegex(@"(?<!\$)\$\{\w+(:?-(?<default>[^}]*))?\}")]
    private static partial Regex Variable();
}
