using Grpc.Core;

namespace KvStore.Dashboard.Otlp;

/// <summary>Stands before the gRPC server: lets a call in by its port, its key and the room there is, before its message is read.</summary>
internal sealed class OtlpGrpcGate
{
    private readonly OtlpAdmission _admission;
    private readonly OtlpOptions _options;

    /// <summary>Makes the gate.</summary>
    public OtlpGrpcGate(OtlpAdmission admission, OtlpOptions options)
    {
        _admission = admission;
        _options = options;
    }

    /// <summary>Hands a call on, or answers it with why not.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (!_admission.HasKey(context.Request))
        {
            Answer(context.Response, StatusCode.Unauthenticated, $"The metadata {OtlpOptions.ApiKeyHeader} is missing or has another key.");
            return;
        }

        try
        {
            if (!await _admission.EnterAsync(context.RequestAborted))
            {
                Answer(context.Response, StatusCode.Unavailable, "Too many messages at once. Come back in a second.");
                return;
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // Nobody is there to be answered.
        }

        try
        {
            // The server reads the message without a time limit, and nothing but an abort ends that.
            using var deadline = new CancellationTokenSource(_options.ReadTimeout);
            await using var abort = deadline.Token.Register(context.Abort);
            await next(context);
        }
        finally
        {
            _admission.Leave();
        }
    }

    /// <summary>Answers with a status alone.</summary>
    public static void Answer(HttpResponse response, StatusCode code, string message)
    {
        // gRPC's errors are 200 in HTTP. The message is percent-encoded in general; these have nothing that needs it.
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = message;
    }
}
