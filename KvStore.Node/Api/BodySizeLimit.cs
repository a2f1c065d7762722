using Microsoft.AspNetCore.Http.Metadata;

namespace KvStore.Node.Api;

/// <summary>The largest request body that an endpoint reads, in bytes; more is answered 413.</summary>
internal sealed class BodySizeLimit(long bytesMax) : IRequestSizeLimitMetadata
{
    /// <inheritdoc />
    public long? MaxRequestBodySize => bytesMax;
}
