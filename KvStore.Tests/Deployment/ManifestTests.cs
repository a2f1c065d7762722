using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;

namespace KvStore.Tests.Deployment;

/// <summary>What must hold of the Kubernetes manifests, in every overlay.</summary>
public sealed partial class ManifestTests
{
    /// <summary>What a node takes to end beyond the write timeout.</summary>
    private const int StopBeyondTheWriteTimeoutSeconds = 5;

    public static TheoryData<string> Overlays => [.. Manifests.Overlays];

    [Fact]
    public void There_is_an_overlay_for_one_machine_and_one_for_many() => Assert.Equal(["many-machines", "one-machine"], Manifests.Overlays);

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_document_has_only_fields_that_its_type_has_and_lies_in_the_namespace(string overlay)
    {
        var manifests = Manifests.Load(overlay);

        var home = Assert.Single(manifests.Of<V1Namespace>()).Metadata.Name;
        Assert.All(manifests.All.Where(document => document is not V1Namespace), document => Assert.Equal(home, document.Metadata.NamespaceProperty));
        Assert.Equal(manifests.All.Count, manifests.All.DistinctBy(document => (document.Kind, document.Metadata.Name)).Count());
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Whatever_selects_pods_selects_some_and_a_set_selects_its_own(string overlay)
    {
        var manifests = Manifests.Load(overlay);

        foreach (var set in manifests.Of<V1StatefulSet>())
        {
            Assert.Equal([set.Metadata.Name], Selected(manifests, set.Spec.Selector));
            Assert.Equal("None", manifests.Get<V1Service>(set.Spec.ServiceName).Spec.ClusterIP);
            Assert.Equal([set.Metadata.Name], Selected(manifests, manifests.Get<V1Service>(set.Spec.ServiceName).Spec.Selector));
            Assert.All(
                set.Spec.Template.Spec.TopologySpreadConstraints ?? [],
                constraint => Assert.Equal([set.Metadata.Name], Selected(manifests, constraint.LabelSelector)));
        }

        Assert.All(manifests.Of<V1Deployment>(), set => Assert.Equal([set.Metadata.Name], Selected(manifests, set.Spec.Selector)));
        Assert.All(manifests.Of<V1Service>(), service => Assert.Single(Selected(manifests, service.Spec.Selector)));
        Assert.All(manifests.Of<V1PodDisruptionBudget>(), budget => Assert.Single(Selected(manifests, budget.Spec.Selector)));
        Assert.All(manifests.Of<V1NetworkPolicy>(), policy => Assert.NotEmpty(Selected(manifests, policy.Spec.PodSelector)));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Ports_that_services_probes_and_policies_name_are_ports_of_their_pods(string overlay)
    {
        var manifests = Manifests.Load(overlay);

        foreach (var service in manifests.Of<V1Service>())
        {
            var pod = manifests.Pods[Selected(manifests, service.Spec.Selector).Single()];
            Assert.All(service.Spec.Ports, port => Assert.Contains(port.TargetPort.Value, PortNames(pod)));
        }

        foreach (var (name, pod) in manifests.Pods)
        {
            var container = pod.Spec.Containers.Single();
            Assert.Equal(manifests.Variable(name, "HTTP_PORTS"), $"{container.Ports.Single(port => port.Name == "http").ContainerPort}");
            Assert.All(
                new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe },
                probe => Assert.Contains(probe.HttpGet.Port.Value, PortNames(pod)));
        }

        foreach (var policy in manifests.Of<V1NetworkPolicy>())
        {
            var ports = policy.Spec.Ingress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value);
            Assert.All(Selected(manifests, policy.Spec.PodSelector), pod => Assert.Subset(PortNames(manifests.Pods[pod]), ports.ToHashSet()));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_process_is_killed_only_when_it_does_not_answer_and_gets_readers_only_when_it_is_healthy(string overlay)
    {
        foreach (var container in Manifests.Load(overlay).Pods.Values.Select(pod => pod.Spec.Containers.Single()))
        {
            Assert.Equal(("/alive", "/alive", "/health"), (container.StartupProbe.HttpGet.Path, container.LivenessProbe.HttpGet.Path, container.ReadinessProbe.HttpGet.Path));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Each_address_leads_to_a_pod_of_a_headless_service_that_names_it_before_it_is_ready(string overlay)
    {
        var manifests = Manifests.Load(overlay);
        var followers = manifests.Get<V1StatefulSet>("follower").Spec.Replicas!.Value;
        var expected = string.Join(',', Enumerable.Range(0, followers).Select(i => $"http://follower-{i}.follower:8080"));

        Assert.Equal(expected, manifests.Variable("leader", "FOLLOWERS"));
        Assert.Equal(expected, manifests.Variable("dashboard", "FOLLOWERS"));
        Assert.Equal("http://leader-0.leader:8080", manifests.Variable("dashboard", "LEADER"));
        Assert.Equal(1, manifests.Get<V1StatefulSet>("leader").Spec.Replicas);
        foreach (var name in new[] { "leader", "follower" })
        {
            var service = manifests.Get<V1Service>(name).Spec;
            Assert.True(service.PublishNotReadyAddresses);
            Assert.Equal(8080, service.Ports.Single().Port);
            Assert.Equal("metadata.name", manifests.Pods[name].Spec.Containers.Single().Env.Single(variable => variable.Name == "NODE_ID").ValueFrom.FieldRef.FieldPath);
        }

        foreach (var (pod, variable) in new[] { ("follower", "LEADER"), ("leader", "KVSTORE_OTLP_ENDPOINT"), ("follower", "KVSTORE_OTLP_ENDPOINT") })
        {
            var address = new Uri(manifests.Variable(pod, variable)!);
            var service = manifests.Get<V1Service>(address.Host.Split('.')[0]);
            Assert.Contains(service.Spec.Ports, port => port.Port == address.Port);
            Assert.True(!address.Host.Contains('.') || address.Host == $"{service.Metadata.Name}.{service.Metadata.NamespaceProperty}", $"{address}");
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_volume_that_is_mounted_is_there_and_every_folder_of_a_node_is_on_its_own_volume(string overlay)
    {
        var manifests = Manifests.Load(overlay);

        foreach (var (name, pod) in manifests.Pods)
        {
            var claims = manifests.Of<V1StatefulSet>().Where(set => set.Metadata.Name == name).SelectMany(set => set.Spec.VolumeClaimTemplates).Select(claim => claim.Metadata.Name);
            var mounts = pod.Spec.Containers.Single().VolumeMounts;
            Assert.Equal(pod.Spec.Volumes.Select(volume => volume.Name).Concat(claims).Order(), mounts.Select(mount => mount.Name).Order());
        }

        foreach (var node in new[] { "leader", "follower" })
        {
            var data = manifests.Pods[node].Spec.Containers.Single().VolumeMounts.Single(mount => mount.Name == "data").MountPath;
            Assert.Equal($"{data}/$(NODE_ID)", manifests.Variable(node, "DATA_DIR"));
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_secret_that_is_read_is_made_by_the_command_in_the_documentation(string overlay)
    {
        var manifests = Manifests.Load(overlay);
        var command = SecretCommand().Match(File.ReadAllText(Repository.PathOf("docs", "operations.md")));
        var made = SecretKey().Matches(command.Value).Select(key => key.Groups["key"].Value).Order();

        var read = manifests.Pods.Values.SelectMany(pod => pod.Spec.Containers.Single().Env).Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>().ToList();

        Assert.Equal(["kvstore-secrets"], read.Select(key => key.Name).Distinct());
        Assert.Equal(made, read.Select(key => key.Key).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_variable_that_stands_in_another_is_set_before_it(string overlay)
    {
        foreach (var container in Manifests.Load(overlay).Pods.Values.Select(pod => pod.Spec.Containers.Single()))
        {
            foreach (var (index, variable) in container.Env.Index())
            {
                var before = container.Env.Take(index).Select(earlier => earlier.Name);
                Assert.All(VariableInText().Matches(variable.Value ?? "").Select(match => match.Groups["name"].Value), name => Assert.Contains(name, before));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_drained_machine_and_a_lost_one_leave_the_write_quorum(string overlay)
    {
        var manifests = Manifests.Load(overlay);
        var followers = manifests.Get<V1StatefulSet>("follower");
        var spare = followers.Spec.Replicas!.Value - int.Parse(manifests.Variable("leader", "WRITE_QUORUM")!, CultureInfo.InvariantCulture);

        var budget = Assert.Single(manifests.Of<V1PodDisruptionBudget>());
        Assert.Equal(["follower"], Selected(manifests, budget.Spec.Selector));
        Assert.InRange(int.Parse(budget.Spec.MaxUnavailable.Value, CultureInfo.InvariantCulture), 1, spare);
        foreach (var constraint in followers.Spec.Template.Spec.TopologySpreadConstraints ?? [])
        {
            Assert.Equal("DoNotSchedule", constraint.WhenUnsatisfiable);
            var (machines, most) = (constraint.MinDomains!.Value, (followers.Spec.Replicas!.Value + constraint.MinDomains!.Value - 1) / constraint.MinDomains!.Value);
            Assert.Equal(1, constraint.MaxSkew);
            Assert.True(most <= spare, $"{most} followers may be on one of {machines} machines, and the quorum can spare {spare}.");
        }
    }

    [Fact]
    public void The_pod_for_maintenance_holds_a_claim_of_the_leader_as_the_leader_does()
    {
        var manifests = Manifests.Load("one-machine");
        var pod = (V1Pod)Manifests.Read(YamlDocuments.Read(File.ReadAllText(Repository.PathOf("deploy", "kubernetes", "maintenance.yaml"))).Single().AsObject());
        var (container, leader) = (pod.Spec.Containers.Single(), manifests.Pods["leader"].Spec);

        Assert.Equal(manifests.Of<V1Namespace>().Single().Metadata.Name, pod.Metadata.NamespaceProperty);
        Assert.Equal("data-leader-0", pod.Spec.Volumes.Single(volume => volume.Name == "data").PersistentVolumeClaim.ClaimName);
        Assert.Equal(leader.Containers.Single().Image, container.Image);
        Assert.Equal(["leader-0", "/data/leader-0"], container.Env.Select(variable => variable.Value));
        Assert.Equal((true, 1654, 1654), (pod.Spec.SecurityContext.RunAsNonRoot, pod.Spec.SecurityContext.RunAsUser, pod.Spec.SecurityContext.FsGroup));
        Assert.Empty(pod.Metadata.Labels ?? new Dictionary<string, string>()); // No Service may take it for a node.
    }

    [Fact]
    public void A_field_that_there_is_not_and_a_number_for_a_text_are_refused()
    {
        Assert.ThrowsAny<Exception>(() => Manifests.Read(ServiceWith("clusterIp: None")));
        Assert.ThrowsAny<Exception>(() => Manifests.Read(ServiceWith("selector: {tier: 5}")));
        Manifests.Read(ServiceWith("selector: {tier: \"5\"}"));

        static System.Text.Json.Nodes.JsonObject ServiceWith(string field) =>
            YamlDocuments.Read($"apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec:\n  {field}").Single().AsObject();
    }

    [Fact]
    public void On_many_machines_the_followers_are_spread_and_on_one_nothing_keeps_pods_apart()
    {
        Assert.NotEmpty(Manifests.Load("many-machines").Pods["follower"].Spec.TopologySpreadConstraints);
        Assert.All(Manifests.Load("one-machine").Pods.Values, pod => Assert.True(pod.Spec is { TopologySpreadConstraints: null, Affinity: null }));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_node_has_more_time_to_end_than_its_writes_need(string overlay)
    {
        var manifests = Manifests.Load(overlay);
        foreach (var (name, pod) in manifests.Pods.Where(pod => pod.Key != "dashboard"))
        {
            var writeTimeoutMs = int.Parse(manifests.Variable(name, "WRITE_TIMEOUT_MS")!, CultureInfo.InvariantCulture);
            var needed = (pod.Spec.Containers.Single().Lifecycle?.PreStop.Sleep.Seconds ?? 0) + (writeTimeoutMs / 1000) + StopBeyondTheWriteTimeoutSeconds;
            Assert.True(pod.Spec.TerminationGracePeriodSeconds > needed, $"{name}: {pod.Spec.TerminationGracePeriodSeconds} s, and it needs {needed} s.");
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void No_process_can_do_more_than_it_needs(string overlay)
    {
        foreach (var pod in Manifests.Load(overlay).Pods.Values.Select(pod => pod.Spec))
        {
            Assert.Equal((true, 1654, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.RunAsUser, pod.SecurityContext.SeccompProfile.Type));
            Assert.False(pod.AutomountServiceAccountToken);
            Assert.False(pod.EnableServiceLinks);
            var container = pod.Containers.Single();
            Assert.Equal((true, false), (container.SecurityContext.ReadOnlyRootFilesystem, container.SecurityContext.AllowPrivilegeEscalation));
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.True(container.Resources.Requests["memory"].ToInt64() <= container.Resources.Limits["memory"].ToInt64());
        }
    }

    private static List<string> Selected(Manifests manifests, V1LabelSelector selector) => [.. manifests.Pods
        .Where(pod => (selector.MatchLabels ?? new Dictionary<string, string>()).All(label => pod.Value.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
            && (selector.MatchExpressions ?? []).All(expression => expression.OperatorProperty == "In" && expression.Values.Contains(pod.Value.Metadata.Labels[expression.Key])))
        .Select(pod => pod.Key)];

    private static List<string> Selected(Manifests manifests, IDictionary<string, string> labels) => Selected(manifests, new V1LabelSelector { MatchLabels = labels });

    private static HashSet<string> PortNames(V1PodTemplateSpec pod) => [.. pod.Spec.Containers.Single().Ports.Select(port => port.Name)];

    [GeneratedRegex(@"kubectl [^\n]*create secret generic kvstore-secrets(.*\\\n)*.*")]
    private static partial Regex SecretCommand();

    [GeneratedRegex(@"--from-literal=(?<key>[a-z-]+)=")]
    private static partial Regex SecretKey();

    [GeneratedRegex(@"\$\((?<name>\w+)\)")]
    private static partial Regex VariableInText();
}
