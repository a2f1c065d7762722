using KvStore.Hosting.Docker.Resources.ComposeNodes;
using KvStore.Hosting.Docker.Resources.ServiceNodes;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace KvStore.Hosting.Docker.Resources;

/// <summary>A compose file: services, and the networks and volumes that they name.</summary>
public sealed class ComposeFile
{
    /// <summary>The services by name.</summary>
    public Dictionary<string, Service> Services { get; set; } = [];

    /// <summary>The networks by name.</summary>
    public Dictionary<string, Network> Networks { get; set; } = [];

    /// <summary>The volumes by name. One that a service mounts by name has to be here.</summary>
    public Dictionary<string, Volume> Volumes { get; set; } = [];

    /// <summary>Adds a service, in place of one of its name.</summary>
    /// <param name="service">The service.</param>
    public ComposeFile AddService(Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        Services[service.Name] = service;
        return this;
    }

    /// <summary>Adds a network, in place of one of its name.</summary>
    /// <param name="network">The network.</param>
    public ComposeFile AddNetwork(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Networks[network.Name] = network;
        return this;
    }

    /// <summary>Adds a volume, in place of one of its name.</summary>
    /// <param name="volume">The volume.</param>
    public ComposeFile AddVolume(Volume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        Volumes[volume.Name] = volume;
        return this;
    }

    /// <summary>The file's text, with line feeds for line ends.</summary>
    public string ToYaml()
    {
        var root = new YamlMappingNode()
            .With("services", Services, service => service.ToYaml())
            .With("networks", Networks, network => network.ToYaml())
            .With("volumes", Volumes, volume => volume.ToYaml());
        return new SerializerBuilder().WithIndentedSequences().WithNewLine("\n").Build().Serialize(root);
    }
}
