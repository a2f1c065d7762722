using System.Globalization;

namespace KvStore.Node.Replication.Core;

/// <summary>
/// A leader's term (FENCE). The counter orders terms; the run id, random for each leader process, tells apart two
/// processes that came to the same counter.
/// </summary>
/// <param name="Counter">1 or more.</param>
/// <param name="RunId">Random, chosen when the leader's process starts.</param>
internal readonly record struct Epoch(long Counter, ulong RunId)
{
    /// <summary>Whether the two may be the same. Where earlier versions kept the counter alone, the run id is 0.</summary>
    public bool IsMaybe(Epoch other) => Counter == other.Counter && (RunId == other.RunId || RunId == 0 || other.RunId == 0);

    /// <summary>Reads what <see cref="ToString"/> wrote, and a counter alone.</summary>
    public static Epoch Parse(string text)
    {
        var parts = text.Split('.');
        return new Epoch(
            long.Parse(parts[0], CultureInfo.InvariantCulture),
            parts.Length > 1 ? ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0);
    }

    /// <inheritdoc />
    public override string ToString() => $"{Counter}.{RunId:x16}";
}
