using System.Globalization;
using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Docker.Resources;
using KvStore.Hosting.Docker.Resources.ComposeNodes;
using KvStore.Hosting.Publishing;

namespace KvStore.Hosting.Docker;

/// <summary>Makes the compose file and its variables out of the application's description, as Aspire's own engine does.</summary>
internal sealed class DockerComposePublisher
{
    private const string NetworkName = "aspire";

    private readonly DockerComposeEnvironmentResource _environment;
    private readonly ComposeFormat _format = new();

    private DockerComposePublisher(DockerComposeEnvironmentResource environment)
    {
        _environment = environment;
    }

    /// <summary>The text of the compose file, and the variables in it by name.</summary>
    /// <exception cref="DistributedApplicationException">The application has no such environment, or an endpoint no port in its container.</exception>
    public static (string Yaml, IReadOnlyDictionary<string, CapturedEnvironmentVariable> Variables) Publish(IReadOnlyList<IResource> resources)
    {
        var environment = resources.OfType<DockerComposeEnvironmentResource>().FirstOrDefault() ?? throw new DistributedApplicationException(
            "The AppHost says nothing of Docker Compose: call AddDockerComposeEnvironment on its builder.");
        var publisher = new DockerComposePublisher(environment);
        var file = publisher.MakeFile(resources.OfType<ProjectResource>());
        environment.ConfigureEnvFile?.Invoke(publisher._format.Captured);
        return (file.ToYaml(), publisher._format.Captured);
    }

    private ComposeFile MakeFile(IEnumerable<ProjectResource> projects)
    {
        var file = new ComposeFile().AddNetwork(new() { Name = NetworkName, Driver = "bridge" });
        foreach (var project in projects)
        {
            var service = MakeService(project);
            var target = new DockerComposeServiceResource(project.Name);
            foreach (var customization in project.Annotations.OfType<DockerComposeServiceCustomizationAnnotation>())
            {
                customization.Configure(target, service);
            }

            file.AddService(service);
        }

        _environment.ConfigureComposeFile?.Invoke(file);
        return file;
    }

    private Service MakeService(ProjectResource project)
    {
        var service = new Service
        {
            Name = ComposeFormat.ServiceName(project),
            Image = _format.Image(project),
            Environment = new(PublishedEnvironment.Of(project, _format)),
            Networks = [NetworkName],
        };
        foreach (var endpoint in project.GetEndpoints())
        {
            var port = _format.Port(project, endpoint);
            if (!endpoint.IsExternal)
            {
                service.Expose.Add(port);
            }
            else if (endpoint.Port is { } hostPort)
            {
                service.Ports.Add($"{hostPort.ToString(CultureInfo.InvariantCulture)}:{port}");
            }
            else
            {
                service.Ports.Add(port);
            }
        }

        foreach (var wait in project.Annotations.OfType<WaitAnnotation>())
        {
            service.DependsOn[ComposeFormat.ServiceName(wait.Dependency)] = new() { Condition = "service_started" };
        }

        return service;
    }
}
