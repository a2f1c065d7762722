using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ServiceNodes;

/// <summary>A command in the container whose exit code 0 says that it is healthy.</summary>
public sealed class Healthcheck
{
    /// <summary><c>CMD</c>, then the command and its arguments.</summary>
    public List<string> Test { get; set; } = [];

    /// <summary>The time between two checks, and before the first, such as <c>5s</c>.</summary>
    public required string Interval { get; set; }

    /// <summary>How long the command may take.</summary>
    public required string Timeout { get; set; }

    /// <summary>After how many failures in a row it is unhealthy.</summary>
    public int? Retries { get; set; }

    /// <summary>For how long after the start a failure does not count.</summary>
    public required string StartPeriod { get; set; }

    internal YamlMappingNode ToYaml() => new YamlMappingNode()
        .With("test", Test)
        .With("interval", Interval)
        .With("timeout", Timeout)
        .With("retries", Retries)
        .With("start_period", StartPeriod);
}
