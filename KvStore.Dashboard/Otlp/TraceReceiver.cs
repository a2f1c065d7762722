using KvStore.Dashboard.Otlp.Wire;
using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Otlp;

/// <summary>Takes in the spans of a message.</summary>
internal sealed class TraceReceiver
{
    private readonly TraceStore _store;
    private readonly StoreLimits _limits;
    private readonly ResourceReader _resources;
    private readonly AttributeReader _attributes;

    /// <summary>Makes a receiver.</summary>
    public TraceReceiver(TraceStore store, StoreLimits limits, ResourceReader resources, AttributeReader attributes)
    {
        _store = store;
        _limits = limits;
        _resources = resources;
        _attributes = attributes;
    }

    /// <summary>Takes in the valid spans, and says how many were not.</summary>
    public ExportTraceServiceResponse Take(ExportTraceServiceRequest request)
    {
        var invalid = 0;
        foreach (var ofResource in request.ResourceSpans)
        {
            var resource = _resources.Read(ofResource.Resource);
            foreach (var ofScope in ofResource.ScopeSpans)
            {
                var scope = _attributes.Name(ofScope.Scope?.Name ?? "");
                var spans = new List<SpanRecord>(ofScope.Spans.Count);
                foreach (var span in ofScope.Spans)
                {
                    if (Read(span, resource, scope) is { } record)
                    {
                        spans.Add(record);
                    }
                }

                _store.Add(spans);
                invalid += ofScope.Spans.Count - spans.Count;
            }
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
                RejectedSpans = invalid,
                ErrorMessage = "A span needs a trace id of 16 bytes and a span id of 8, not all zero, and a start time.",
            },
        };
    }

    private SpanRecord? Read(Span span, TelemetryResource resource, string scope)
    {
        var (traceKey, spanKey) = (WireValues.TraceKey(span.TraceId), WireValues.SpanKey(span.SpanId));
        if (traceKey == 0 || spanKey == 0 || span.StartTimeUnixNano == 0)
        {
            return null;
        }

        var start = WireValues.Time(span.StartTimeUnixNano);
        var end = WireValues.Time(span.EndTimeUnixNano);
        return new SpanRecord
        {
            TraceKey = traceKey,
            SpanKey = spanKey,
            ParentKey = WireValues.SpanKey(span.ParentSpanId),
            Name = _attributes.Name(span.Name),
            Kind = (SpanKind)span.Kind,
            Resource = resource,
            ScopeName = scope,
            Start = start,
            Duration = end > start ? end - start : TimeSpan.Zero,
            Status = (Telemetry.SpanStatus)(span.Status?.Code ?? 0),
            StatusMessage = _attributes.Text(span.Status?.Message ?? ""),
            Attributes = _attributes.Read(span.Attributes),
            Events = Events(span),
            Links = Links(span),
        };
    }

    private SpanEvent[] Events(Span span)
    {
        if (span.Events.Count == 0)
        {
            return [];
        }

        var events = new SpanEvent[Math.Min(span.Events.Count, _limits.EventsMax)];
        for (var i = 0; i < events.Length; i++)
        {
            var read = span.Events[i];
            events[i] = new(_attributes.Name(read.Name), WireValues.Time(read.TimeUnixNano), _attributes.Read(read.Attributes));
        }

        return events;
    }

    private SpanLink[] Links(Span span)
    {
        if (span.Links.Count == 0)
        {
            return [];
        }

        var links = new SpanLink[Math.Min(span.Links.Count, _limits.EventsMax)];
        for (var i = 0; i < links.Length; i++)
        {
            var read = span.Links[i];
            links[i] = new(
                TelemetryIds.Format(WireValues.TraceKey(read.TraceId)), TelemetryIds.Format(WireValues.SpanKey(read.SpanId)), _attributes.Read(read.Attributes));
        }

        return links;
    }
}
