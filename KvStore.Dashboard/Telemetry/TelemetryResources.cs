namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// The processes that have sent telemetry, bounded: the one that was silent longest gives way. All members may be called from any thread.
/// </summary>
internal sealed class TelemetryResources
{
    /// <summary>Colours 0 to 5 belong to the leader and five followers, whichever of them is heard of first.</summary>
    private const int FirstOtherColour = 6;

    private readonly StoreLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, string InstanceId), Known> _known = [];
    private readonly Dictionary<string, int> _colours = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>Makes an empty list.</summary>
    public TelemetryResources(StoreLimits limits, TimeProvider time)
    {
        _limits = limits;
        _time = time;
    }

    /// <summary>Called, without a lock held, with a resource that gave way to another.</summary>
    public event Action<TelemetryResource>? Dropped;

    /// <summary>Grows when a resource comes or goes.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>All resources: the leader first, then by name, and of one name the newest first.</summary>
    public IReadOnlyList<TelemetryResource> List()
    {
        lock (_lock)
        {
            return [.. _known.Values
                .OrderBy(k => NodeNumber.Of(k.Resource.Name) == 0 ? 0 : 1)
                .ThenBy(k => k.Resource.Name, StringComparer.Ordinal)
                .ThenByDescending(k => k.FirstSeen)
                .Select(k => k.Resource)];
        }
    }

    /// <summary>The names of the resources, each once, the leader first.</summary>
    public IReadOnlyList<string> Names() => [.. List().Select(r => r.Name).Distinct()];

    /// <summary>The newest resource of a name; null when there is none.</summary>
    public TelemetryResource? Find(string name) => List().FirstOrDefault(r => r.Name == name);

    /// <summary>The resource of a name and instance, which is made when it is new, and counts as heard of now.</summary>
    public TelemetryResource Get(string name, string instanceId, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        TelemetryResource? gone = null;
        TelemetryResource resource;
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (_known.TryGetValue((name, instanceId), out var known))
            {
                known.LastSeen = now;
                return known.Resource;
            }

            if (_known.Count >= _limits.ResourcesMax)
            {
                var oldest = _known.MinBy(k => k.Value.LastSeen);
                _known.Remove(oldest.Key);
                gone = oldest.Value.Resource;
            }

            resource = new(name, instanceId, ColourOf(name), attributes);
            _known.Add((name, instanceId), new(resource, now));
            Volatile.Write(ref _version, _version + 1);
        }

        if (gone is not null)
        {
            Dropped?.Invoke(gone);
        }

        return resource;
    }

    private int ColourOf(string name)
    {
        if (NodeNumber.Of(name) is { } number and < FirstOtherColour)
        {
            return number;
        }

        if (!_colours.TryGetValue(name, out var colour))
        {
            // Bounded like the resources: names beyond share a colour.
            colour = FirstOtherColour + (_colours.Count % _limits.ResourcesMax);
            if (_colours.Count < _limits.ResourcesMax)
            {
                _colours.Add(name, colour);
            }
        }

        return colour;
    }

    private sealed class Known(TelemetryResource resource, DateTimeOffset now)
    {
        public TelemetryResource Resource { get; } = resource;

        public DateTimeOffset FirstSeen { get; } = now;

        public DateTimeOffset LastSeen { get; set; } = now;
    }
}
