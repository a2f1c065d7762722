using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>Explains a write in a sentence: what its answer waited for, and what happened after.</summary>
internal static class WriteSentence
{
    /// <summary>Parts below this, or below a fiftieth of the whole, only hide the others.</summary>
    private static readonly TimeSpan PartMin = TimeSpan.FromMilliseconds(1);

    /// <summary>Explains a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="followers">The followers that there are, as far as that is known: those that the trace does not show are named.</param>
    public static string Of(WriteTrace write, IReadOnlyList<string> followers)
    {
        string[] clauses = [Answer(write), .. After(write), .. Failures(write), .. Missing(write, followers)];
        return string.Join("; ", clauses.Where(c => c.Length > 0)) + ".";
    }

    private static string Answer(WriteTrace write)
    {
        if (write.Server is not { } server)
        {
            return "Not answered yet, or the span of the answer has not come";
        }

        var after = DurationText.Of(server.Duration);
        return write.Outcome switch
        {
            "success" when Parts(write, server) is { Count: > 0 } parts => $"Answered after {after}: {string.Join(", ", parts)}",
            "success" or null => $"Answered after {after}",
            "unknown" => $"Answered \u201cunknown\u201d after {after}: {Because(server)}",
            "rejected" => $"Rejected after {after}: {Because(server)}",
            "abandoned" => $"Given up after {after}: {Because(server)}",
            var outcome => $"Answered \u201c{outcome}\u201d after {after}",
        };
    }

    private static string Because(SpanRecord server) => server.StatusMessage.Length > 0 ? server.StatusMessage.TrimEnd('.') : "the quorum was not reached";

    private static List<string> Parts(WriteTrace write, SpanRecord server)
    {
        var parts = new List<string>();
        var min = server.Duration / 50 > PartMin ? server.Duration / 50 : PartMin;
        var told = TimeSpan.Zero;
        var reached = server.Start;
        var sends = write.Followers.FirstOrDefault(f => f.Name == write.WaitedFor);
        if (write.Commit is { } commit)
        {
            Add(commit.Start - reached, "waiting for the commit");
            reached = commit.Start;

            // As a rule the entry is sent while the leader's own fsync runs, and then that is not waited for.
            if (sends?.Confirmed is null || sends.Confirmed.Span.Start >= commit.End)
            {
                parts.Add($"{DurationText.Of(commit.Duration)} commit");
                told += commit.Duration;
                reached = commit.End;
            }
        }

        if (sends?.Confirmed is { } last)
        {
            Add(last.Span.Start - reached, sends.Attempts[0] == last ? "until it was sent" : $"until {sends.Name} was tried again");
            var whom = $" of {sends.Name}";
            if (last.Lag > TimeSpan.Zero)
            {
                parts.Add($"{DurationText.Of(last.Lag)} simulated lag{whom}");
                whom = "";
            }

            Add(last.Waiting, "waiting to be sent");
            parts.Add(whom.Length > 0 ? $"{DurationText.Of(last.Sending)} sending to {sends.Name}" : $"{DurationText.Of(last.Sending)} sending");
            told += last.Lag + last.Sending;
            if (write.Commit is { } own)
            {
                Add(own.End - last.Span.End, "more for the leader's own commit");
            }
        }

        if (parts.Count > 0)
        {
            Add(server.Duration - told, "the rest");
        }

        return parts;

        void Add(TimeSpan part, string what)
        {
            if (part >= min)
            {
                parts.Add($"{DurationText.Of(part)} {what}");
                told += part;
            }
        }
    }

    private static IEnumerable<string> After(WriteTrace write)
    {
        if (write.AnsweredAt is not { } answeredAt)
        {
            yield break;
        }

        var later = write.Followers
            .Where(f => f.Confirmed?.Span.End > answeredAt)
            .Select(f => (f.Name, By: f.Confirmed!.Span.End - answeredAt))
            .OrderBy(f => f.By).ToArray();
        if (later.Length == 0)
        {
            yield break;
        }

        var (least, most) = (DurationText.Of(later[0].By), DurationText.Of(later[^1].By));
        var names = Names(later.Select(f => f.Name));
        yield return later switch
        {
            _ when least == most => $"{names} confirmed {most} later",
            [var one, var other] => $"{one.Name} confirmed {least} later and {other.Name} {most} later",
            _ => $"{names} confirmed {least} to {most} later",
        };
    }

    private static IEnumerable<string> Failures(WriteTrace write) => write.Followers
        .Where(f => f.Failures > 0)
        .Select(f => $"sending to {f.Name} failed {(f.Failures == 1 ? "once" : $"{f.Failures} times")}"
            + (f.Confirmed is null ? ", and it has not confirmed yet" : " before it confirmed"));

    private static IEnumerable<string> Missing(WriteTrace write, IReadOnlyList<string> followers)
    {
        var shown = write.Followers.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        if (shown.Count == 0 || !shown.IsSubsetOf(followers))
        {
            return []; // The names are not those of the configuration, or nothing was sent at all.
        }

        var missing = followers.Where(f => !shown.Contains(f)).ToArray();
        return missing.Length == 0 ? [] : [$"nothing is known yet of {Names(missing)}"];
    }

    private static string Names(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return all.Length == 1 ? all[0] : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }
}
