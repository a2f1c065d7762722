using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>What became of a resource at one moment.</summary>
public sealed class ResourceEvent
{
    internal ResourceEvent(IResource resource, CustomResourceSnapshot snapshot)
    {
        Resource = resource;
        Snapshot = snapshot;
    }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Its state at that moment.</summary>
    public CustomResourceSnapshot Snapshot { get; }
}

/// <summary>The state of a resource at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    internal CustomResourceSnapshot(string state)
    {
        State = new ResourceStateSnapshot(state);
    }

    /// <summary>One of <see cref="KnownResourceStates"/>.</summary>
    public ResourceStateSnapshot? State { get; }

    /// <summary>The last result of the health check while the resource runs, null when there is none yet.</summary>
    public HealthStatus? HealthStatus { get; internal init; }

    /// <summary>The exit code of a process that is gone; 128 plus the number of the signal that killed it.</summary>
    public int? ExitCode { get; internal init; }

    /// <summary>In a terminal state that nobody asked for: what happened, and what to do.</summary>
    internal string? Failure { get; init; }

    /// <summary>Whether its first process ended by itself before it was ever healthy.</summary>
    internal bool IsStartFailure { get; init; }

    internal bool IsTerminal => State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text);
}

/// <summary>The name of a state.</summary>
/// <param name="Text">One of <see cref="KnownResourceStates"/>.</param>
public sealed record ResourceStateSnapshot(string Text);
