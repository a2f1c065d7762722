using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>Knows the state of every resource, and lets others wait for one. No state is missed, however short.</summary>
public sealed class ResourceNotificationService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _latest = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Waiter> _waiters = [];

    internal ResourceNotificationService()
    {
    }

    /// <summary>Waits until a resource is in a state, or returns at once when it is.</summary>
    /// <param name="resourceName">The name of the resource.</param>
    /// <param name="targetState">One of <see cref="KnownResourceStates"/>; <see cref="KnownResourceStates.Running"/> when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">There is no such resource.</exception>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <summary>Waits until a resource is in one of several states, or returns at once when it is.</summary>
    /// <param name="resourceName">The name of the resource.</param>
    /// <param name="targetStates">Some of <see cref="KnownResourceStates"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state that was reached.</returns>
    /// <exception cref="ArgumentException">There is no such resource.</exception>
    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitForResourceAsync(resourceName, StateIsWanted, cancellationToken);
        return reached.Snapshot.State!.Text;

        bool StateIsWanted(ResourceEvent resourceEvent) => states.Contains(resourceEvent.Snapshot.State!.Text);
    }

    /// <summary>Waits until a condition holds for a resource, or returns at once when it does.</summary>
    /// <param name="resourceName">The name of the resource.</param>
    /// <param name="predicate">The condition. It is called while states are held still, so it only looks at its argument.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">There is no such resource.</exception>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(resourceName, predicate, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            var latest = GetLatest(resourceName);
            if (predicate(latest))
            {
                return latest;
            }

            _waiters.Add(waiter);
        }

        try
        {
            return await waiter.Reached.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Waits until a resource runs and its health check, if it has one, has passed.</summary>
    /// <param name="resourceName">The name of the resource.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">There is no such resource.</exception>
    /// <exception cref="DistributedApplicationException">The resource is in a terminal state, or came into one before it was healthy.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(
            resourceName, e => e.Snapshot.HealthStatus == HealthStatus.Healthy || e.Snapshot.IsTerminal, cancellationToken);

        return reached.Snapshot.IsTerminal
            ? throw new DistributedApplicationException(
                reached.Snapshot.Failure ?? $"Resource '{resourceName}' is in state {reached.Snapshot.State!.Text}, so it does not become healthy.")
            : reached;
    }

    internal void Publish(IResource resource, CustomResourceSnapshot snapshot)
    {
        var published = new ResourceEvent(resource, snapshot);
        lock (_lock)
        {
            _latest[resource.Name] = published;
            foreach (var waiter in _waiters)
            {
                if (string.Equals(waiter.ResourceName, resource.Name, StringComparison.OrdinalIgnoreCase) && waiter.Predicate(published))
                {
                    waiter.Reached.TrySetResult(published);
                }
            }
        }
    }

    internal CustomResourceSnapshot GetSnapshot(string resourceName)
    {
        lock (_lock)
        {
            return GetLatest(resourceName).Snapshot;
        }
    }

    private ResourceEvent GetLatest(string resourceName) =>
        _latest.TryGetValue(resourceName, out var latest)
            ? latest
            : throw new ArgumentException($"There is no resource '{resourceName}'. There are: {string.Join(", ", _latest.Keys.Order())}.", nameof(resourceName));

    private sealed record Waiter(string ResourceName, Func<ResourceEvent, bool> Predicate, TaskCompletionSource<ResourceEvent> Reached);
}
