using System.Globalization;

namespace KvStore.Dashboard.Components.MetricParts;

/// <summary>Writes values of an instrument in the unit that suits them. Knows the units of OpenTelemetry's conventions (UCUM).</summary>
internal sealed class MetricUnit
{
    private static readonly Scale[] Seconds = [new(1e-6, "µs"), new(1e-3, "ms"), new(1, "s"), new(60, "min"), new(3600, "h")];
    private static readonly Scale[] Bytes = [new(1, "B"), new(1e3, "kB"), new(1e6, "MB"), new(1e9, "GB"), new(1e12, "TB")];
    private static readonly Scale[] Numbers = [new(1, ""), new(1e6, "M"), new(1e9, "G")];

    private readonly Scale[] _scales;
    private readonly double _factor;
    private readonly string _perSecond;
    private readonly bool _isCount;

    private MetricUnit(Scale[] scales, double factor, bool isRate, bool isCount = false)
    {
        (_scales, _factor, _perSecond, _isCount) = (scales, factor, isRate ? "/s" : "", isCount && !isRate);
    }

    /// <summary>The unit of an instrument's values, or of their growth per second.</summary>
    /// <param name="unit">As the instrument says it: <c>s</c>, <c>By</c>, <c>{entry}</c>; may be empty.</param>
    /// <param name="isRate">Whether the values are per second.</param>
    public static MetricUnit Of(string unit, bool isRate = false) => unit switch
    {
        "s" => new(Seconds, 1, isRate),
        "ms" => new(Seconds, 1e-3, isRate),
        "us" => new(Seconds, 1e-6, isRate),
        "ns" => new(Seconds, 1e-9, isRate),
        "By" => new(Bytes, 1, isRate),
        "%" => new([new(1, "%")], 1, isRate),
        "" or "1" => new(Numbers, 1, isRate),
        ['{', ..] => new(Numbers, 1, isRate, isCount: true), // An annotation says what is counted, and is no unit.
        _ => new([new(1, unit)], 1, isRate),
    };

    /// <summary>What is counted, for a reader: <c>entry</c> of <c>{entry}</c>, <c>seconds</c> of <c>s</c>; empty when nobody said.</summary>
    public static string Name(string unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" => "",
        ['{', .., '}'] => unit[1..^1],
        _ => unit,
    };

    /// <summary>A value with three digits: <c>3.12 ms</c>, <c>41.2 MB</c>, <c>1,204</c>, <c>5.5/s</c>.</summary>
    public string Format(double value)
    {
        var scale = ScaleOf(Math.Abs(value));
        var shown = value * _factor / scale.Divisor;
        return Math.Abs(shown) switch
        {
            >= 99.95 => Text(shown, "#,0", scale),
            >= 9.995 => Text(shown, "0.#", scale),
            _ => Text(shown, "0.##", scale),
        };
    }

    /// <summary>Marks at round numbers, from at most 0 to at least 0, so that a line's height is what it stands for.</summary>
    /// <param name="least">The least value that must have room.</param>
    /// <param name="most">The greatest value that must have room.</param>
    public ValueAxis Axis(double least, double most)
    {
        (least, most) = (Math.Min(0, least), Math.Max(0, most));
        if (most - least <= 0)
        {
            most = 1 / _factor;
        }

        var scale = ScaleOf(Math.Max(most, -least));
        var (low, high) = (least * _factor / scale.Divisor, most * _factor / scale.Divisor);
        var step = NiceStep((high - low) / 5);
        if (_isCount && scale.Divisor == 1)
        {
            step = Math.Max(1, step); // There is no half an entry.
        }

        var (first, last) = (Math.Floor((low / step) + 1e-9), Math.Ceiling((high / step) - 1e-9));
        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6);
        var format = decimals == 0 ? "#,0" : "0." + new string('0', decimals);
        List<AxisMark> marks = [];
        for (var i = first; i <= last; i++)
        {
            marks.Add(new((i - first) / (last - first), i == 0 ? "0" : Text(i * step, format, scale)));
        }

        var back = step * scale.Divisor / _factor;
        return new(first * back, last * back, marks);
    }

    private static double NiceStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 };
    }

    private Scale ScaleOf(double size)
    {
        for (var i = _scales.Length - 1; i > 0; i--)
        {
            // A little below the next unit is already that unit: 999.96 ms would be written as 1,000 ms.
            if (size * _factor >= _scales[i].Divisor * 0.9995)
            {
                return _scales[i];
            }
        }

        return size == 0 && _scales == Seconds ? Seconds[1] : _scales[0];
    }

    private string Text(double shown, string format, Scale scale)
    {
        var number = shown.ToString(format, CultureInfo.InvariantCulture);
        return scale.Suffix.Length == 0 ? number + _perSecond : $"{number} {scale.Suffix}{_perSecond}";
    }

    private readonly record struct Scale(double Divisor, string Suffix);
}

/// <summary>A mark on an axis.</summary>
/// <param name="At">Where, from 0 to 1.</param>
/// <param name="Text">What it says.</param>
public readonly record struct AxisMark(double At, string Text);

/// <summary>The vertical axis of a chart.</summary>
/// <param name="Least">The value at its foot.</param>
/// <param name="Most">The value at its top; more than the least.</param>
/// <param name="Marks">From the foot to the top.</param>
internal sealed record ValueAxis(double Least, double Most, IReadOnlyList<AxisMark> Marks)
{
    /// <summary>Where a value is: 0 at the foot, 1 at the top, and no farther out than these.</summary>
    public double At(double value) => Math.Clamp((value - Least) / (Most - Least), 0, 1);
}
