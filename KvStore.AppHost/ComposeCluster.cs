/// <summary>
/// The cluster as Docker Compose runs it: what each service has that does not follow from the topology. Whoever runs it sets a
/// variable, in the environment or in a file <c>.env</c>; without any, everything has a default.
/// </summary>
internal sealed class ComposeCluster
{
    /// <summary>The port that every node listens on inside its container.</summary>
    public const int NodePort = 8080;

    /// <summary>The folder that every node has its database in, and backups: a volume of its own.</summary>
    public const string DataFolder = "/data";

    private const string SecretVolume = "cluster-secret";
    private const string SecretFolder = "/secret";
    private const string SecretFile = $"{SecretFolder}/cluster-secret";

    // What the images make the owner of both folders.
    private const string User = "1654";

    private readonly Dictionary<string, string> _parameterDefaults = [];
    private readonly Dictionary<string, CapturedEnvironmentVariable> _settings = [];
    private readonly List<string> _volumes = [SecretVolume];

    /// <summary>Lets <paramref name="builder"/>'s application be published for Docker Compose.</summary>
    public ComposeCluster(IDistributedApplicationBuilder builder)
    {
        builder.AddDockerComposeEnvironment("compose")
            .WithDashboard(false)
            .ConfigureComposeFile(CompleteFile)
            .ConfigureEnvFile(CompleteEnvFile);
    }

    /// <summary>Says what a parameter is when whoever runs the containers does not say.</summary>
    /// <param name="parameter">The name of the parameter, such as <c>write-quorum</c>.</param>
    /// <param name="value">The value; empty for none.</param>
    public void SetDefault(string parameter, string value) => _parameterDefaults[parameter.Replace('-', '_').ToUpperInvariant()] = value;

    /// <summary>Completes the service of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="port">Its port on the host.</param>
    public void PublishNode(IResourceBuilder<ProjectResource> node, int port) => node.PublishAsDockerComposeService((_, service) =>
    {
        var volume = $"{service.Name}-data";
        _volumes.Add(volume);
        SetCommon(service, "KvStore.Node", "KVSTORE_NODE_IMAGE", "kvstore-node", "NODE_MEMORY_LIMIT", "1G");
        service.Ports = [HostPort($"{service.Name}-port", port, NodePort)];
        service.Environment["CLUSTER_SECRET_FILE"] = SecretFile;
        service.Volumes.Add(new Volume { Name = volume, Type = "volume", Source = volume, Target = DataFolder });
        service.Volumes.Add(new Volume { Name = SecretVolume, Type = "volume", Source = SecretVolume, Target = SecretFolder });

        // Longer than the node takes at most: its write timeout, and five seconds.
        service.StopGracePeriod = Setting("STOP_GRACE_PERIOD", "20s", "How long a node may take to stop; above WRITE_TIMEOUT_MS and five seconds");
    });

    /// <summary>Completes the service of the dashboard, which shows a cluster once there is one that takes writes.</summary>
    public void PublishDashboard(IResourceBuilder<ProjectResource> dashboard) => dashboard.PublishAsDockerComposeService((_, service) =>
    {
        SetCommon(service, "KvStore.Dashboard", "KVSTORE_DASHBOARD_IMAGE", "kvstore-dashboard", "DASHBOARD_MEMORY_LIMIT", "512M");
        service.Ports = [HostPort("dashboard-port", 18888, 18888)];
        service.Environment["CLUSTER_SECRET_FILE"] = SecretFile;
        service.Volumes.Add(new Volume { Name = SecretVolume, Type = "volume", Source = SecretVolume, Target = SecretFolder, ReadOnly = true });
        service.DependsOn["leader"] = new() { Condition = "service_healthy" };
    });

    private void SetCommon(Service service, string project, string imageVariable, string image, string memoryVariable, string memory)
    {
        service.Image = Setting(imageVariable, image, $"The image of {project}; built here when it is not there");
        service.Build = new() { Context = ".", Dockerfile = $"{project}/Dockerfile" };
        service.Healthcheck = new()
        {
            Test = ["CMD", "dotnet", $"/app/{project}.dll", "--health-check"],
            Interval = "5s",
            Timeout = "10s",
            Retries = 3,
            StartPeriod = "120s",
        };
        service.User = User;
        service.ReadOnly = true;
        service.Tmpfs = ["/tmp"];
        service.CapDrop = ["ALL"];
        service.SecurityOpt = ["no-new-privileges:true"];
        service.Restart = "unless-stopped";
        service.Deploy = new() { Resources = new() { Limits = new() { Memory = Setting(memoryVariable, memory, $"Memory that a container of {project} may have") } } };
    }

    private string HostPort(string name, int port, int containerPort)
    {
        var address = Setting("BIND_ADDRESS", "127.0.0.1", "The address of the host that the ports are opened on; 0.0.0.0 for all");
        var variable = name.Replace('-', '_').ToUpperInvariant();
        return $"{address}:{Setting(variable, $"{port}", $"The port of {name[..^"-port".Length]} on the host")}:{containerPort}";
    }

    // A variable with its default, as compose fills it in.
    private string Setting(string name, string defaultValue, string description)
    {
        _settings[name] = new() { Name = name, Description = description, DefaultValue = defaultValue };
        return $"${{{name}:-{defaultValue}}}";
    }

    private void CompleteFile(ComposeFile file)
    {
        foreach (var volume in _volumes)
        {
            file.AddVolume(new Volume { Name = volume, Driver = "local" });
        }

        // A parameter stands in the file as a variable without a default.
        foreach (var environment in file.Services.Values.Select(service => service.Environment))
        {
            foreach (var (variable, value) in environment.ToArray())
            {
                environment[variable] = _parameterDefaults.Aggregate(
                    value, (text, parameter) => text.Replace($"${{{parameter.Key}}}", $"${{{parameter.Key}:-{parameter.Value}}}", StringComparison.Ordinal));
            }
        }
    }

    private void CompleteEnvFile(IDictionary<string, CapturedEnvironmentVariable> variables)
    {
        // The images have variables of their own, two in place of one for each service.
        foreach (var image in variables.Keys.Where(name => name.EndsWith("_IMAGE", StringComparison.Ordinal)).ToArray())
        {
            variables.Remove(image);
        }

        foreach (var (name, setting) in _settings)
        {
            variables[name] = setting;
        }
    }
}
