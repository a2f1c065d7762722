using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Docker.Resources.ComposeNodes;

namespace KvStore.Hosting.Docker;

/// <summary>What a resource's service has that does not follow from its description.</summary>
internal sealed record DockerComposeServiceCustomizationAnnotation(Action<DockerComposeServiceResource, Service> Configure) : IResourceAnnotation;
