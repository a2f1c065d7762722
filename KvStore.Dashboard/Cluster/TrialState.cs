namespace KvStore.Dashboard.Cluster;

/// <summary>How a trial stands, told to the page whenever it changes. All members may be called from any thread.</summary>
/// <param name="versionBefore">The version that the leader had of the key before the write; 0 when it had none, null when it did not say.</param>
/// <param name="written">The value that is written; null in a trial that only reads.</param>
/// <param name="nodes">The nodes' names.</param>
/// <param name="report">Told of each change, one at a time.</param>
internal sealed class TrialState(long? versionBefore, string? written, IEnumerable<string> nodes, Action<TrialView> report)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, TimeSpan> _shownAfter = [];
    private readonly HashSet<string> _readAfterAnswer = [];
    private TrialView _view = new(null, null, null, null, [.. nodes.Select(node => new NodeSight(node, Sight.Unread, null, null, false, null))], IsOver: false);

    /// <summary>Completes when the write's client has its answer, or will not have any.</summary>
    public Task Answer => _answer.Task;

    /// <summary>Whether the write's client has its answer.</summary>
    public bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>The write begins.</summary>
    public void Begin(string traceId) => Change(view => view with { TraceId = traceId });

    /// <summary>The write has its answer, or none. From here on its version decides what is stale.</summary>
    public void Answered(WriteAnswer? answer, TimeSpan after, string? error)
    {
        Change(view => view with
        {
            Answer = answer,
            AnswerAfter = after,
            Error = error,
            Nodes = [.. view.Nodes.Select(node => node.Sight is Sight.Unread or Sight.Silent ? node : WithSight(node, answer?.Version))],
        });
        _answer.TrySetResult();
    }

    /// <summary>A node was read.</summary>
    /// <param name="index">Which.</param>
    /// <param name="value">What it showed.</param>
    /// <param name="after">When, from the start of the write.</param>
    /// <param name="isAfterAnswer">Whether the read began once the write was answered.</param>
    public void Saw(int index, KeyInfo? value, TimeSpan after, bool isAfterAnswer) => ChangeNode(index, (node, version) =>
    {
        if (node.Value != value || node.Sight is Sight.Unread or Sight.Silent)
        {
            _shownAfter[node.Node] = after;
        }

        var next = WithSight(node with { Value = value, Error = null }, version);
        return isAfterAnswer && _readAfterAnswer.Add(node.Node) ? next with { StaleAtAnswer = version is not null && next.Sight != Sight.Current } : next;
    });

    /// <summary>A node did not answer.</summary>
    public void Missed(int index, string error) => ChangeNode(index, (node, _) => node with { Sight = Sight.Silent, Error = error, CurrentAfter = null });

    /// <summary>The trial is over.</summary>
    public void End() => Change(view => view with { IsOver = true });

    /// <summary>Whether a node is to be read again: until it shows the write, or there is nothing that it could show.</summary>
    public bool IsWaitingFor(int index)
    {
        lock (_lock)
        {
            return written is not null
                && (_view.AnswerAfter is null || (_view.Answer?.Version is not null && _view.Nodes[index].Sight != Sight.Current));
        }
    }

    private NodeSight WithSight(NodeSight node, long? version)
    {
        var sight = Judge(node.Value, version);
        return node with { Sight = sight, CurrentAfter = sight == Sight.Current ? _shownAfter[node.Node] : null };
    }

    // Before the answer a new version with the written value is as good as certain to be the write; another's write is not.
    private Sight Judge(KeyInfo? value, long? version) => value switch
    {
        null => Sight.Nothing,
        _ when written is null => Sight.Current,
        _ when version is { } known => value.Version >= known ? Sight.Current : Sight.Stale,
        _ => value.Version > versionBefore && value.Value == written ? Sight.Current : Sight.Stale,
    };

    private void ChangeNode(int index, Func<NodeSight, long?, NodeSight> change) => Change(view => view with
    {
        Nodes = [.. view.Nodes.Select((node, i) => i == index ? change(node, view.Answer?.Version) : node)],
    });

    private void Change(Func<TrialView, TrialView> change)
    {
        lock (_lock)
        {
            var next = change(_view);
            var isSame = next with { Nodes = _view.Nodes } == _view && next.Nodes.SequenceEqual(_view.Nodes);
            _view = next;
            if (!isSame)
            {
                report(next);
            }
        }
    }
}
