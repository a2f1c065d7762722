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
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static Epoch Parse(string text)
    {
        var parts = text.Split('.');
        return new Epoch(
            long.Parse(parts[0], CultureInfo.InvariantCulture),
            ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    /// <inheritdoc />
    public override string ToString() => $"{Counter}.{RunId:x16}";
}
