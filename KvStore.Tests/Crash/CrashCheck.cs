using KvStore.Tests.Integration;

namespace KvStore.Tests.Crash;

/// <summary>Compares what clients were told of their writes with what the nodes have, and puts every difference into words.</summary>
/// <param name="writes">Every write of a round; no value was written twice.</param>
internal sealed class CrashCheck(IReadOnlyCollection<SentWrite> writes)
{
    private readonly Dictionary<string, List<SentWrite>> _byKey = writes.GroupBy(write => write.Key).ToDictionary(group => group.Key, group => group.ToList());

    /// <summary>What is wrong with the answers, whatever the nodes have: versions, their order, confirmations.</summary>
    /// <param name="versionMin">No version is below it: the next one when the round began.</param>
    /// <param name="quorum">W of every write.</param>
    public IEnumerable<string> FaultsInAnswers(long versionMin, int quorum)
    {
        // A key of one client's own is deleted after that client was told that it is there.
        foreach (var own in _byKey.Values)
        {
            if (own is [{ Fate: WriteFate.Acknowledged, IsDelete: false }, { Fate: WriteFate.KeyNotFound }])
            {
                yield return $"Not found when it was to be deleted: {own[0]}.";
            }
        }

        SentWrite? before = null;
        SentWrite? begunLast = null;
        foreach (var write in writes.Where(write => write.IsLogged).OrderBy(write => write.Version))
        {
            if (write.Version < versionMin)
            {
                yield return $"A version below {versionMin}, which was given before the round: {write}.";
            }

            if (write.Version == before?.Version)
            {
                yield return $"A version that was given twice: {before}, {write}.";
            }

            if (write.Epoch < before?.Epoch)
            {
                yield return $"An older epoch after a newer one: {before}, {write}.";
            }

            if (write.EndedAt < begunLast?.BegunAt)
            {
                yield return $"A version above that of a write that began later: {write} had ended when {begunLast} began.";
            }

            if (write.Fate == WriteFate.Acknowledged && !(write.ReplicatedTo >= quorum))
            {
                yield return $"Acknowledged with fewer than {quorum} confirmations: {write}.";
            }

            before = write;
            begunLast = begunLast is null || write.BegunAt > begunLast.BegunAt ? write : begunLast;
        }
    }

    /// <summary>What a node has that it must not have, and lacks that it must have.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="state">What it has of the round's keys.</param>
    public IEnumerable<string> FaultsIn(string node, StateAnswer state)
    {
        var unheardOf = state.Versions.Keys.Where(key => !_byKey.ContainsKey(key)).Select(key => $"The key {key}, which nobody wrote.");
        return _byKey.SelectMany(pair => FaultsOf(pair.Value, pair.Key, state)).Concat(unheardOf).Select(fault => $"{node}: {fault}");
    }

    /// <summary>Which writes are on some nodes and not on others, and how many of the unknown ones are on all and on none.</summary>
    /// <param name="states">What every node has.</param>
    public (IReadOnlyList<string> Faults, int UnknownOnAll, int UnknownOnNone) Spread(IReadOnlyList<StateAnswer> states)
    {
        var faults = new List<string>();
        var (onAll, onNone) = (0, 0);
        foreach (var write in _byKey.Values.Where(writes => writes.Count == 1).Select(writes => writes[0]).Where(write => write.Fate == WriteFate.Unknown))
        {
            var count = states.Count(state => state.Store.TryGetValue(write.Key, out var value) && value == write.Value);
            if (count == 0)
            {
                onNone++;
            }
            else if (count == states.Count)
            {
                onAll++;
            }
            else
            {
                faults.Add($"On {count} of {states.Count} nodes: {write}.");
            }
        }

        return (faults, onAll, onNone);
    }

    /// <summary>Which acknowledged writes have not got their quorum (QUORUM). Only keys with one single write tell.</summary>
    /// <param name="followers">What those followers have that can be asked.</param>
    /// <param name="absent">How many cannot be asked, and may have anything.</param>
    /// <param name="quorum">W of every write.</param>
    public IEnumerable<string> FaultsInQuorum(IReadOnlyList<StateAnswer> followers, int absent, int quorum) =>
        from single in _byKey.Values
        where single is [{ Fate: WriteFate.Acknowledged, IsDelete: false }]
        let holders = followers.Count(state => state.Versions.TryGetValue(single[0].Key, out var version) && version == single[0].Version)
        where holders + absent < quorum
        select $"On {holders} followers, {absent} cannot be asked, and W is {quorum}: {single[0]}.";

    private static IEnumerable<string> FaultsOf(List<SentWrite> writes, string key, StateAnswer state)
    {
        var newest = writes.Where(write => write.IsLogged).MaxBy(write => write.Version);
        if (!state.Store.TryGetValue(key, out var value) || !state.Versions.TryGetValue(key, out var version))
        {
            if (newest is { IsDelete: false } && !writes.Any(write => write is { IsDelete: true, IsLogged: false, Fate: WriteFate.Unknown }))
            {
                yield return $"Lost: {newest}.";
            }

            yield break;
        }

        if (writes.Find(write => write.Value == value) is not { } written)
        {
            yield return $"{key} has '{value}' at version {version}, which nobody wrote.";
        }
        else if (written.IsNowhere)
        {
            yield return $"It is there, at version {version}: {written}.";
        }
        else if (written.Version is { } told && told != version)
        {
            yield return $"It is there at version {version}: {written}.";
        }
        else if (version < newest?.Version)
        {
            yield return $"Version {version} of {key} is there instead of the {newest}.";
        }
        else if (version == newest?.Version && written != newest)
        {
            yield return $"Version {version} is the {written} and the {newest}.";
        }
    }
}
