using KvStore.ServiceDefaults.Configuration;

namespace KvStore.ServiceDefaults.Telemetry;

/// <summary>
/// How often our own destination is sent what there is, in milliseconds: often, because people look at it while things happen.
/// Null leaves it to the SDK, which reads the standard variable.
/// </summary>
internal sealed record OtlpPace(int? TracesMs, int? LogsMs, int? MetricsMs)
{
    private const int RecordsMs = 1_000;
    private const int PointsMs = 2_000;

    /// <summary>The pace for each signal whose standard variable is unset.</summary>
    public static OtlpPace Read(Variables variables) => new(
        variables.Text("OTEL_BSP_SCHEDULE_DELAY") is null ? RecordsMs : null,
        variables.Text("OTEL_BLRP_SCHEDULE_DELAY") is null ? RecordsMs : null,
        variables.Text("OTEL_METRIC_EXPORT_INTERVAL") is null ? PointsMs : null);
}
