using System.Text.Json;
using System.Text.Json.Serialization;

namespace KvStore.Dashboard.Engine;

/// <summary><c>GET /resources</c> of the control endpoint.</summary>
internal sealed record ResourceList(IReadOnlyList<ResourceInfo> Resources);

/// <summary>One resource of the application.</summary>
/// <param name="Type">What it is, such as <c>project</c>.</param>
/// <param name="State">As Aspire names states: Starting, Running, Exited, …</param>
/// <param name="Health">Healthy or Unhealthy; null when nothing is known.</param>
/// <param name="HealthDetail">What the resource says of its health.</param>
/// <param name="Commands">What can be done with it now.</param>
internal sealed record ResourceInfo(
    string Name, string Type, string State, string? Health, string? HealthDetail, int? Pid, DateTimeOffset? StartedAt, DateTimeOffset? StoppedAt, int? ExitCode,
    IReadOnlyList<ResourceUrl> Urls, IReadOnlyList<ResourceVariable> Environment, IReadOnlyList<string> Commands);

/// <summary>One of a resource's addresses.</summary>
internal sealed record ResourceUrl(string? Name, string Url, string? DisplayText);

/// <summary>A variable that the engine has set for a resource; the value of a secret never leaves the engine.</summary>
internal sealed record ResourceVariable(string Name, string? Value, bool IsSecret);

/// <summary><c>GET /resources/{name}/console</c>: lines from a number on.</summary>
/// <param name="First">The number of the oldest line that is still kept.</param>
/// <param name="Next">What to ask for next.</param>
internal sealed record ConsolePart(IReadOnlyList<ConsoleLine> Lines, long First, long Next);

/// <summary>One line of a resource's output.</summary>
internal sealed record ConsoleLine(long Number, DateTimeOffset At, bool IsError, string Text);

/// <summary>What the engine says when it refuses.</summary>
internal sealed record EngineProblem(string? Detail);

/// <summary>The JSON of the control endpoint.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ResourceList))]
[JsonSerializable(typeof(ConsolePart))]
[JsonSerializable(typeof(EngineProblem))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class EngineJson : JsonSerializerContext;
