namespace KvStore.Hosting.Engine;

/// <summary>One variable as the engine sets it for a process.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
/// <param name="IsSecret">Whether the value is that of a secret parameter, or has one in it.</param>
internal sealed record EnvironmentVariable(string Name, string Value, bool IsSecret);
