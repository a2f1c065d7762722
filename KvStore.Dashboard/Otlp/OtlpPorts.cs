namespace KvStore.Dashboard.Otlp;

/// <summary>The ports on which OTLP, and nothing else, is answered. May be set after the start, where the system chooses the ports.</summary>
internal sealed class OtlpPorts
{
    private volatile int _grpc;
    private volatile int _http;

    /// <summary>gRPC, over HTTP/2 without TLS. 0 for none.</summary>
    public int Grpc
    {
        get => _grpc;
        set => _grpc = value;
    }

    /// <summary>Protobuf and JSON over HTTP/1.1. 0 for none.</summary>
    public int Http
    {
        get => _http;
        set => _http = value;
    }
}
