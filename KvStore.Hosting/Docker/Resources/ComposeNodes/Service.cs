using KvStore.Hosting.Docker.Resources.ServiceNodes;
using KvStore.Hosting.Docker.Resources.ServiceNodes.Swarm;
using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources.ComposeNodes;

/// <summary>One service: the image that it runs, and how. Members that are null or empty are not written.</summary>
public sealed class Service : NamedComposeMember
{
    /// <summary>The image; with <see cref="Build"/>, the name that the built one gets.</summary>
    public string? Image { get; set; }

    /// <summary>How the image is built where it is not there.</summary>
    public Build? Build { get; set; }

    /// <summary>The variables of the process.</summary>
    public Dictionary<string, string> Environment { get; set; } = [];

    /// <summary>Ports of the host that lead to ports of the container: <c>[address:]host:container</c>.</summary>
    public List<string> Ports { get; set; } = [];

    /// <summary>Ports of the container that the other services reach.</summary>
    public List<string> Expose { get; set; } = [];

    /// <summary>What is mounted.</summary>
    public List<Volume> Volumes { get; set; } = [];

    /// <summary>The services that this one waits for, by name.</summary>
    public Dictionary<string, ServiceDependency> DependsOn { get; set; } = [];

    /// <summary>The user, or the id of one, that the process runs as.</summary>
    public string? User { get; set; }

    /// <summary>The names of the networks that it is in.</summary>
    public List<string> Networks { get; set; } = [];

    /// <summary>When it is started again: <c>no</c>, <c>always</c>, <c>on-failure</c>, <c>unless-stopped</c>.</summary>
    public string? Restart { get; set; }

    /// <summary>The limits of its resources.</summary>
    public Deploy? Deploy { get; set; }

    /// <summary>How the engine finds out whether it is healthy.</summary>
    public Healthcheck? Healthcheck { get; set; }

    /// <summary>The capabilities of the kernel that it does without.</summary>
    public List<string> CapDrop { get; set; } = [];

    /// <summary>Whether the container's own file system cannot be written to.</summary>
    public bool? ReadOnly { get; set; }

    /// <summary>Options such as <c>no-new-privileges:true</c>.</summary>
    public List<string> SecurityOpt { get; set; } = [];

    /// <summary>How long it may take to stop before it is killed, such as <c>20s</c>.</summary>
    public string? StopGracePeriod { get; set; }

    /// <summary>Folders that are in memory.</summary>
    public List<string> Tmpfs { get; set; } = [];

    // In the order of Aspire's own file.
    internal YamlMappingNode ToYaml() => new YamlMappingNode()
        .With("image", Image)
        .With("build", Build?.ToYaml())
        .With("environment", Environment)
        .With("ports", Ports)
        .With("expose", Expose)
        .With("volumes", Volumes, volume => volume.ToYaml())
        .With("depends_on", DependsOn, dependency => dependency.ToYaml())
        .With("user", User)
        .With("networks", Networks)
        .With("restart", Restart)
        .With("deploy", Deploy?.ToYaml())
        .With("healthcheck", Healthcheck?.ToYaml())
        .With("cap_drop", CapDrop)
        .With("read_only", ReadOnly)
        .With("security_opt", SecurityOpt)
        .With("stop_grace_period", StopGracePeriod)
        .With("tmpfs", Tmpfs);
}
