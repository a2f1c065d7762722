using Google.Protobuf.Collections;
using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Otlp;

/// <summary>Takes in the metric points of a message: sums, gauges and histograms with explicit bounds.</summary>
internal sealed class MetricReceiver
{
    private const uint NoRecordedValue = 1;
    private readonly MetricStore _store;
    private readonly StoreLimits _limits;
    private readonly ResourceReader _resources;
    private readonly AttributeReader _attributes;

    /// <summary>Makes a receiver.</summary>
    public MetricReceiver(MetricStore store, StoreLimits limits, ResourceReader resources, AttributeReader attributes)
    {
        _store = store;
        _limits = limits;
        _resources = resources;
        _attributes = attributes;
    }

    /// <summary>Takes in the valid points, and says how many were not.</summary>
    public ExportMetricsServiceResponse Take(ExportMetricsServiceRequest request)
    {
        var invalid = 0;
        foreach (var ofResource in request.ResourceMetrics)
        {
            var resource = _resources.Read(ofResource.Resource);
            var updates = new List<MetricUpdate>();
            foreach (var ofScope in ofResource.ScopeMetrics)
            {
                var meter = _attributes.Name(ofScope.Scope?.Name ?? "");
                foreach (var metric in ofScope.Metrics)
                {
                    var update = Read(metric, resource, meter, out var ofMetric);
                    invalid += ofMetric;
                    if (update is not null)
                    {
                        updates.Add(update);
                    }
                }
            }

            _store.Add(updates);
        }

        if (invalid == 0)
        {
            return new();
        }

        _store.CountRefused(invalid);
        return new()
        {
            PartialSuccess = new()
            {
                RejectedDataPoints = invalid,
                ErrorMessage = "A point needs a time; a histogram needs ascending bounds, one fewer than its counts, and not too many. Exponential histograms and summaries are not taken.",
            },
        };
    }

    private MetricUpdate? Read(Metric metric, TelemetryResource resource, string meter, out int invalid)
    {
        var (kind, temporality) = metric.DataCase switch
        {
            Metric.DataOneofCase.Gauge => (InstrumentKind.Gauge, AggregationTemporality.Unspecified),
            Metric.DataOneofCase.Sum when metric.Sum.IsMonotonic => (InstrumentKind.Counter, metric.Sum.AggregationTemporality),
            Metric.DataOneofCase.Sum => (InstrumentKind.UpDownCounter, metric.Sum.AggregationTemporality),
            _ => (InstrumentKind.Histogram, metric.DataCase == Metric.DataOneofCase.Histogram ? metric.Histogram.AggregationTemporality : default),
        };
        var points = new List<PointUpdate>();
        invalid = metric.DataCase switch
        {
            Metric.DataOneofCase.Gauge => Read(metric.Gauge.DataPoints, points),
            Metric.DataOneofCase.Sum => Read(metric.Sum.DataPoints, points),
            Metric.DataOneofCase.Histogram => Read(metric.Histogram.DataPoints, points),
            Metric.DataOneofCase.ExponentialHistogram => metric.ExponentialHistogram.DataPoints.Count,
            Metric.DataOneofCase.Summary => metric.Summary.DataPoints.Count,
            _ => 0,
        };
        if (points.Count == 0)
        {
            return null;
        }

        var instrument = new InstrumentInfo(
            resource, meter, _attributes.Name(metric.Name), _attributes.Name(metric.Unit), _attributes.Name(metric.Description), kind);
        return new(instrument, temporality == AggregationTemporality.Delta, points);
    }

    private int Read(RepeatedField<NumberDataPoint> wire, List<PointUpdate> points)
    {
        var invalid = 0;
        foreach (var point in wire)
        {
            if (point.TimeUnixNano == 0)
            {
                invalid++;
            }
            else if ((point.Flags & NoRecordedValue) == 0)
            {
                var dimensions = Dimensions(point.Attributes);
                points.Add(new()
                {
                    Dimensions = dimensions,
                    Start = WireValues.Time(point.StartTimeUnixNano),
                    At = WireValues.Time(point.TimeUnixNano),
                    Value = point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble,
                    Exemplars = Exemplars(point.Exemplars, dimensions),
                });
            }
        }

        return invalid;
    }

    private int Read(RepeatedField<HistogramDataPoint> wire, List<PointUpdate> points)
    {
        var invalid = 0;
        foreach (var point in wire)
        {
            if (!IsValid(point))
            {
                invalid++;
            }
            else if ((point.Flags & NoRecordedValue) == 0)
            {
                var dimensions = Dimensions(point.Attributes);
                points.Add(new()
                {
                    Dimensions = dimensions,
                    Start = WireValues.Time(point.StartTimeUnixNano),
                    At = WireValues.Time(point.TimeUnixNano),
                    Value = point.Sum,
                    Bounds = [.. point.ExplicitBounds],

                    // Without bounds there is one bucket, and its count may be left out.
                    Buckets = point.BucketCounts.Count == 0 ? [(long)point.Count] : [.. point.BucketCounts.Select(c => (long)c)],
                    Exemplars = Exemplars(point.Exemplars, dimensions),
                });
            }
        }

        return invalid;
    }

    private bool IsValid(HistogramDataPoint point)
    {
        var (bounds, counts) = (point.ExplicitBounds, point.BucketCounts);
        if (point.TimeUnixNano == 0 || counts.Count > _limits.BucketsMax || bounds.Count != Math.Max(0, counts.Count - 1) || point.Count > long.MaxValue)
        {
            return false;
        }

        for (var i = 0; i < counts.Count; i++)
        {
            // Together with the bound on their number, this keeps every sum of counts within a long.
            if (counts[i] > long.MaxValue / 1_000)
            {
                return false;
            }
        }

        for (var i = 0; i < bounds.Count; i++)
        {
            if (!double.IsFinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1]))
            {
                return false;
            }
        }

        return true;
    }

    private KeyValuePair<string, string>[] Dimensions(RepeatedField<KeyValue> attributes)
    {
        var dimensions = _attributes.Read(attributes);
        Array.Sort(dimensions, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return dimensions;
    }

    private MetricExemplar[] Exemplars(RepeatedField<Exemplar> wire, IReadOnlyList<KeyValuePair<string, string>> dimensions)
    {
        if (wire.Count == 0)
        {
            return [];
        }

        // Without a trace there is nothing to open.
        return
        [
            .. wire.Where(e => WireValues.TraceKey(e.TraceId) != 0).Take(_limits.ExemplarsPerInstrumentMax).Select(e => new MetricExemplar(
                e.ValueCase == Exemplar.ValueOneofCase.AsInt ? e.AsInt : e.AsDouble,
                WireValues.Time(e.TimeUnixNano),
                TelemetryIds.Format(WireValues.TraceKey(e.TraceId)),
                TelemetryIds.Format(WireValues.SpanKey(e.SpanId)),
                dimensions)),
        ];
    }
}
