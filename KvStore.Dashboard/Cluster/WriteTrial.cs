using System.Globalization;
using System.Security.Cryptography;
using KvStore.Dashboard.Configuration;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Cluster;

/// <summary>What one node shows of the key that is tried.</summary>
public enum Sight
{
    /// <summary>Nothing was read yet.</summary>
    Unread,

    /// <summary>It has no value.</summary>
    Nothing,

    /// <summary>It shows a value from before the write: a stale read.</summary>
    Stale,

    /// <summary>It shows the write, or a later one.</summary>
    Current,

    /// <summary>It does not answer.</summary>
    Silent,
}

/// <summary>What a node showed last.</summary>
/// <param name="Value">Its value and version; null when it has none.</param>
/// <param name="CurrentAfter">How long after the write was sent it was first seen to be current; null when it is not.</param>
/// <param name="StaleAtAnswer">Whether a read that began once the client had its answer did not show the write.</param>
public sealed record NodeSight(string Node, Sight Sight, KeyInfo? Value, TimeSpan? CurrentAfter, bool StaleAtAnswer, string? Error);

/// <summary>How a trial stands.</summary>
/// <param name="TraceId">The trace of the write; null in a trial that only reads.</param>
/// <param name="Answer">The leader's answer; null before it, and when there was none.</param>
/// <param name="AnswerAfter">When the answer came.</param>
/// <param name="Error">Why there was no answer.</param>
public sealed record TrialView(
    string? TraceId, WriteAnswer? Answer, TimeSpan? AnswerAfter, string? Error, IReadOnlyList<NodeSight> Nodes, bool IsOver);

/// <summary>Writes a key and reads it from every node at once until all of them show it, so that stale reads can be seen.</summary>
internal sealed class WriteTrial(
    DashboardOptions options, NodeClient client, TraceStore traces, TelemetryResources resources, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Writes, and watches.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null to read only.</param>
    /// <param name="report">Told of each change, from any thread.</param>
    /// <param name="cancellationToken">Ends the watching; the write goes on.</param>
    public async Task RunAsync(string key, string? value, Action<TrialView> report, CancellationToken cancellationToken)
    {
        if (options.Leader is not { } leader)
        {
            return;
        }

        var before = value is null ? null : await VersionBeforeAsync(leader, key, cancellationToken);
        List<(string Name, Uri Address)> nodes = [("leader", leader), .. options.Followers.Select(follower => (follower.Name, follower.Address))];
        var trial = new TrialState(before, value, nodes.Select(node => node.Name), report);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var startedAt = time.GetTimestamp();
        var watches = nodes.Select((node, index) => WatchAsync(trial, index, node.Address, key, startedAt, watching.Token)).ToList();
        try
        {
            if (value is not null)
            {
                await WriteAsync(trial, leader, new(key, value), startedAt, cancellationToken);
                watching.CancelAfter(Patience);
            }
        }
        finally
        {
            await Task.WhenAll(watches);
        }

        trial.End();
    }

    private async Task<long?> VersionBeforeAsync(Uri leader, string key, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.ReadKeyAsync(leader, key, cancellationToken))?.Version ?? 0;
        }
        catch (NodeException)
        {
            return null; // The write itself will say what is wrong, and its version settles what is stale.
        }
    }

    private async Task WriteAsync(TrialState trial, Uri leader, WriteBody body, long startedAt, CancellationToken cancellationToken)
    {
        var (trace, span) = (NewTraceKey(), NewSpanKey());
        var (began, status, message) = (time.GetUtcNow(), SpanStatus.Unset, "");
        trial.Begin(TelemetryIds.Format(trace));
        try
        {
            var context = $"00-{TelemetryIds.Format(trace)}-{TelemetryIds.Format(span)}-01";
            var answer = await client.WriteAsync(leader, body, context, cancellationToken);
            trial.Answered(answer, time.GetElapsedTime(startedAt), error: null);
            (status, message) = answer.Detail is null ? (status, message) : (SpanStatus.Error, answer.Detail);
        }
        catch (NodeException e)
        {
            trial.Answered(answer: null, time.GetElapsedTime(startedAt), e.Message);
            (status, message) = (SpanStatus.Error, e.Message);
        }
        catch (OperationCanceledException)
        {
            (status, message) = (SpanStatus.Error, "Nobody waited for the answer.");
            throw;
        }
        finally
        {
            // The write's trace starts here, so its first span is the dashboard's own, whatever becomes of the page.
            traces.Add([new SpanRecord
            {
                TraceKey = trace,
                SpanKey = span,
                Name = "POST",
                Kind = SpanKind.Client,
                Resource = resources.Get("dashboard", "", []),
                ScopeName = "KvStore.Dashboard",
                Start = began,
                Duration = time.GetElapsedTime(startedAt),
                Status = status,
                StatusMessage = message,
                Attributes = [new("url.path", "/keys"), new("server.address", leader.Authority)],
            }]);
        }
    }

    private async Task WatchAsync(TrialState trial, int index, Uri node, string key, long startedAt, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                var isAfterAnswer = trial.IsAnswered;
                try
                {
                    var value = await client.ReadKeyAsync(node, key, cancellationToken);
                    trial.Saw(index, value, time.GetElapsedTime(startedAt), isAfterAnswer);
                }
                catch (NodeException e)
                {
                    trial.Missed(index, e.Message);
                }

                await PauseAsync(trial, cancellationToken);
            }
            while (trial.IsWaitingFor(index));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody watches any more; what was seen stays.
        }
    }

    // The answer ends the pause: who reads now reads what a client would that writes and reads.
    private async Task PauseAsync(TrialState trial, CancellationToken cancellationToken)
    {
        var pause = Task.Delay(Pause, time, cancellationToken);
        await (trial.IsAnswered ? pause : await Task.WhenAny(pause, trial.Answer));
    }

    private static UInt128 NewTraceKey() => UInt128.Parse(RandomNumberGenerator.GetHexString(32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static ulong NewSpanKey() => ulong.Parse(RandomNumberGenerator.GetHexString(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
