using System.Net.Mime;
using Google.Protobuf;
using KvStore.Dashboard.Otlp.Wire;
using Microsoft.Net.Http.Headers;

namespace KvStore.Dashboard.Otlp;

/// <summary>
/// A signal over HTTP: protobuf or JSON, zipped or not. Every answer, errors included, is in the encoding of the question; an error's
/// body is a <see cref="Status"/>.
/// </summary>
internal sealed class OtlpHttpEndpoint<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    private readonly OtlpSignal<TRequest, TResponse> _signal;
    private readonly OtlpAdmission _admission;
    private readonly OtlpOptions _options;

    /// <summary>Makes the endpoint of a signal.</summary>
    public OtlpHttpEndpoint(OtlpSignal<TRequest, TResponse> signal, OtlpAdmission admission, OtlpOptions options)
    {
        _signal = signal;
        _admission = admission;
        _options = options;
    }

    /// <summary>Answers a request. Never throws for what a sender does.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var contentType = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var answer = new OtlpHttpAnswer(
            context.Response, isJson: string.Equals(contentType, MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase));
        var encoding = request.Headers.ContentEncoding.ToString();
        var isGzip = string.Equals(encoding, "gzip", StringComparison.OrdinalIgnoreCase);
        var refusal = Refusal(request, contentType, encoding, isGzip, answer.IsJson);
        if (refusal is var (status, code, message))
        {
            if (status == StatusCodes.Status405MethodNotAllowed)
            {
                context.Response.Headers.Allow = HttpMethods.Post;
            }

            await answer.ErrorAsync(status, code, message);
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            if (!await _admission.EnterAsync(context.RequestAborted))
            {
                context.Response.Headers.RetryAfter = "1";
                await answer.ErrorAsync(StatusCodes.Status503ServiceUnavailable, RpcCode.Unavailable, "Too many messages at once. Come back in a second.");
                return;
            }

            try
            {
                deadline.CancelAfter(_options.ReadTimeout);
                await TakeAsync(request, isGzip, answer, deadline.Token);
            }
            finally
            {
                _admission.Leave();
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (OperationCanceledException)
        {
            await answer.ErrorAsync(StatusCodes.Status408RequestTimeout, RpcCode.DeadlineExceeded, "The message came too slowly.");
        }
    }

    private (int Status, int Code, string Message)? Refusal(HttpRequest request, string? contentType, string encoding, bool isGzip, bool isJson)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return (StatusCodes.Status405MethodNotAllowed, RpcCode.Unimplemented, $"{_signal.Path} takes POST.");
        }

        if (!_admission.HasKey(request))
        {
            return (StatusCodes.Status401Unauthorized, RpcCode.Unauthenticated, $"The header {OtlpOptions.ApiKeyHeader} is missing or has another key.");
        }

        if (!isJson && !string.Equals(contentType, OtlpHttpAnswer.Protobuf, StringComparison.OrdinalIgnoreCase))
        {
            return (StatusCodes.Status415UnsupportedMediaType, RpcCode.InvalidArgument, $"Send {OtlpHttpAnswer.Protobuf} or application/json.");
        }

        if (encoding.Length > 0 && !isGzip && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            return (StatusCodes.Status415UnsupportedMediaType, RpcCode.InvalidArgument, "Send the body as it is, or with Content-Encoding: gzip.");
        }

        return request.ContentLength > _options.MessageBytesMax ? TooLarge() : null;
    }

    private async Task TakeAsync(HttpRequest request, bool isGzip, OtlpHttpAnswer answer, CancellationToken cancellationToken)
    {
        TRequest message;
        try
        {
            using var body = await OtlpBody.ReadAsync(request.Body, isGzip, _options.MessageBytesMax, cancellationToken);
            if (body is null)
            {
                var (status, code, text) = TooLarge();
                await answer.ErrorAsync(status, code, text);
                return;
            }

            if (answer.IsJson
                ? SubMessages.AreMoreThanInJson(_options.SubMessagesMax, body.Bytes)
                : SubMessages.AreMoreThan(_options.SubMessagesMax, body.Bytes, _signal.RequestType))
            {
                await answer.ErrorAsync(
                    StatusCodes.Status413PayloadTooLarge, RpcCode.ResourceExhausted, $"A message has at most {_options.SubMessagesMax} messages within it.");
                return;
            }

            message = answer.IsJson ? OtlpJson.Parse<TRequest>(body.Bytes) : _signal.Parser.ParseFrom(body.Bytes);
        }
        catch (BadHttpRequestException exception)
        {
            await answer.ErrorAsync(exception.StatusCode, RpcCode.InvalidArgument, "The body could not be read.");
            return;
        }
        catch (InvalidDataException)
        {
            await answer.ErrorAsync(StatusCodes.Status400BadRequest, RpcCode.InvalidArgument, "The body is not gzip.");
            return;
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException)
        {
            await answer.ErrorAsync(StatusCodes.Status400BadRequest, RpcCode.InvalidArgument, $"The message cannot be read. {exception.Message}");
            return;
        }

        await answer.OkAsync(_signal.Take(message));
    }

    private (int Status, int Code, string Message) TooLarge() =>
        (StatusCodes.Status413PayloadTooLarge, RpcCode.ResourceExhausted, $"A message has at most {_options.MessageBytesMax} bytes, unzipped.");
}
