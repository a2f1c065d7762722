#if FAULT_POINTS
using System.Net;
using System.Net.Http.Headers;

namespace KvStore.Node.Faults;

/// <summary>A connection to a follower that loses, delays, repeats and breaks messages as planned.</summary>
internal sealed class FaultyConnection(FaultPlan plan) : DelegatingHandler
{
    private const int DelayMsMax = 300;

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (plan.Strikes(FaultPlan.ReplicateCrash))
        {
            throw new InvalidOperationException("A fault was asked for that nobody foresaw.");
        }

        if (plan.Strikes(FaultPlan.ReplicateDelay))
        {
            await Task.Delay(plan.Draw(DelayMsMax), cancellationToken);
        }

        if (plan.Strikes(FaultPlan.ReplicateDrop))
        {
            throw new HttpRequestException("The message was lost, as was asked for.");
        }

        if (plan.Strikes(FaultPlan.ReplicatePartial) && request.Content is { } whole)
        {
            request.Content = new BrokenContent(await whole.ReadAsByteArrayAsync(cancellationToken), plan, whole.Headers.ContentType);
        }

        if (plan.Strikes(FaultPlan.ReplicateDuplicate))
        {
            (await base.SendAsync(request, cancellationToken)).Dispose();
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (!plan.Strikes(FaultPlan.ReplicateDropAnswer))
        {
            return response;
        }

        response.Dispose();
        throw new HttpRequestException("The answer was lost, as was asked for.");
    }

    // Announces all of the bytes, and ends after some of them, as a connection that breaks.
    private sealed class BrokenContent : HttpContent
    {
        private readonly byte[] _bytes;
        private readonly FaultPlan _plan;

        public BrokenContent(byte[] bytes, FaultPlan plan, MediaTypeHeaderValue? type)
        {
            (_bytes, _plan, Headers.ContentType) = (bytes, plan, type);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_bytes.AsMemory(0, _plan.Draw(_bytes.Length)));
            await stream.FlushAsync();
            throw new HttpRequestException("The connection broke, as was asked for.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}
#endif
