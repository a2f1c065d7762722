using System.Globalization;

namespace KvStore.Dashboard.Components;

/// <summary>Numbers as the pages write them.</summary>
internal static class Words
{
    /// <summary>A duration in the unit that suits it: <c>0.3 ms</c>, <c>41 ms</c>, <c>1.24 s</c>, <c>3 min 5 s</c>.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 0.01 => Text($"{seconds * 1000:0.0} ms"),
        < 1 => Text($"{seconds * 1000:0} ms"),
        < 60 => Text($"{seconds:0.00} s"),
        < 3600 => Text($"{Math.Floor(seconds / 60):0} min {seconds % 60:00} s"),
        _ => Text($"{Math.Floor(seconds / 3600):0} h {Math.Floor(seconds % 3600 / 60):00} min"),
    };

    /// <summary>A rate: <c>0</c>, <c>3.2</c>, <c>1,204</c>.</summary>
    public static string Rate(double perSecond) => perSecond < 10 ? Text($"{perSecond:0.#}") : Text($"{perSecond:N0}");

    /// <summary>A count with its noun: <c>1 entry</c>, <c>1,204 entries</c>.</summary>
    public static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : Text($"{count:N0} {many}");

    /// <summary>A place: <c>1st</c>, <c>2nd</c>, <c>3rd</c>, <c>4th</c>.</summary>
    public static string Place(int place) => place switch { 1 => "1st", 2 => "2nd", 3 => "3rd", _ => Text($"{place}th") };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
