namespace KvStore.Analysis.Bench.Load;

/// <summary>When load is offered, and what of it counts.</summary>
internal sealed record LoadPlan
{
    /// <summary>How long requests do not count yet.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>How long they count after that.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Requests a second; null for the closed loop.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>How long answers are awaited at the end; what has none by then is an error.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Called when requests begin to count.</summary>
    public Action Begins { get; init; } = () => { };

    /// <summary>Called when they cease to.</summary>
    public Action Ends { get; init; } = () => { };
}
