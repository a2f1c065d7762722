using System.Text.Json.Serialization;
using KvStore.Hosting.Engine;

namespace KvStore.Hosting.Control;

/// <summary>The answer to <c>GET /resources</c>.</summary>
internal sealed record ResourceList(IReadOnlyList<ResourceDescription> Resources);

/// <summary>One resource at one moment.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The kind: <c>project</c>.</param>
/// <param name="State">One of <see cref="ApplicationModel.KnownResourceStates"/>.</param>
/// <param name="Health"><c>Healthy</c> or <c>Unhealthy</c> while it runs; null when it was not asked yet.</param>
/// <param name="HealthDetail">What it answered when it was last asked; null when it does not run or is never asked.</param>
/// <param name="Pid">The process, while there is one.</param>
/// <param name="StartedAt">When the process of now, or the last one, was started, UTC.</param>
/// <param name="StoppedAt">When the last process ended, UTC; null while there is one.</param>
/// <param name="ExitCode">The exit code of the last process, once it has ended.</param>
/// <param name="Urls">The endpoints, and the other addresses for people to open that have no secret in them.</param>
/// <param name="Environment">What the engine set for the process of now, or for the last one.</param>
/// <param name="Commands">The commands that can be given now.</param>
internal sealed record ResourceDescription(
    string Name,
    string Type,
    string State,
    string? Health,
    string? HealthDetail,
    int? Pid,
    DateTime? StartedAt,
    DateTime? StoppedAt,
    int? ExitCode,
    IReadOnlyList<ResourceUrl> Urls,
    IReadOnlyList<ResourceVariable> Environment,
    IReadOnlyList<string> Commands);

/// <summary>An address of a resource.</summary>
/// <param name="Name">The name of the endpoint; null for an address that is none.</param>
/// <param name="Url">The address.</param>
/// <param name="DisplayText">What is found there, if that was said.</param>
internal sealed record ResourceUrl(string? Name, string Url, string? DisplayText);

/// <summary>A variable of a resource's environment.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value; null when it is secret.</param>
/// <param name="IsSecret">Whether the value is kept back.</param>
internal sealed record ResourceVariable(string Name, string? Value, bool IsSecret);

/// <summary>The answer to a command that did what it is for.</summary>
internal sealed record CommandDone(bool Success);

/// <summary>Problem details, RFC 9457.</summary>
internal sealed record Problem(string Title, int Status, string Detail);

/// <summary>How these are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ResourceList))]
[JsonSerializable(typeof(ConsolePage))]
[JsonSerializable(typeof(CommandDone))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ControlJson : JsonSerializerContext;
