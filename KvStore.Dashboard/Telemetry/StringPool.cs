namespace KvStore.Dashboard.Telemetry;

/// <summary>
/// Lets equal short strings share one object, as far as its fixed number of slots goes: a string takes its slot from another. Any
/// thread may call it, without a lock, since a lost race costs no more than a duplicate.
/// </summary>
internal sealed class StringPool
{
    private const int LengthMax = 128;
    private readonly string?[] _slots;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="slots">A power of two.</param>
    public StringPool(int slots)
    {
        _slots = new string?[slots];
    }

    /// <summary>A string that is equal to <paramref name="text"/>, and may be an older object.</summary>
    public string Share(string text)
    {
        if (text.Length is 0 or > LengthMax)
        {
            return text.Length == 0 ? "" : text;
        }

        ref var slot = ref _slots[text.GetHashCode(StringComparison.Ordinal) & (_slots.Length - 1)];
        var known = Volatile.Read(ref slot);
        if (known is not null && known == text)
        {
            return known;
        }

        Volatile.Write(ref slot, text);
        return text;
    }
}
