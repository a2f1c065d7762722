using System.Globalization;

namespace KvStore.Dashboard.Telemetry;

/// <summary>Trace and span ids between numbers and lower-case hexadecimal, and look-ups in attributes.</summary>
internal static class TelemetryIds
{
    /// <summary>A trace id in 32 digits.</summary>
    public static string Format(UInt128 traceKey) => traceKey.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>A span id in 16 digits.</summary>
    public static string Format(ulong spanKey) => spanKey.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads a trace id of 32 hexadecimal digits in either case.</summary>
    /// <returns>False, and 0, when it is not one.</returns>
    public static bool TryParse(string? traceId, out UInt128 traceKey)
    {
        traceKey = 0;
        return traceId?.Length == 32
            && UInt128.TryParse(traceId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out traceKey);
    }

    /// <summary>The value of the first attribute with a name; null when there is none.</summary>
    public static string? Value(this IReadOnlyList<KeyValuePair<string, string>> attributes, string key)
    {
        for (var i = 0; i < attributes.Count; i++)
        {
            if (attributes[i].Key == key)
            {
                return attributes[i].Value;
            }
        }

        return null;
    }
}
