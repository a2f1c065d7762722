using System.Net.Mime;
using Google.Protobuf;
using KvStore.Dashboard.Otlp.Wire;

namespace KvStore.Dashboard.Otlp;

/// <summary>The codes of <c>google.rpc.Code</c> that are used here.</summary>
internal static class RpcCode
{
    public const int InvalidArgument = 3;
    public const int DeadlineExceeded = 4;
    public const int ResourceExhausted = 8;
    public const int Unimplemented = 12;
    public const int Unavailable = 14;
    public const int Unauthenticated = 16;
}

/// <summary>Writes an answer over HTTP in the encoding of the question; protobuf when the question's is neither.</summary>
internal sealed class OtlpHttpAnswer
{
    /// <summary>The media type of protobuf.</summary>
    public const string Protobuf = "application/x-protobuf";

    private readonly HttpResponse _response;

    /// <summary>Makes an answer that is not written yet.</summary>
    public OtlpHttpAnswer(HttpResponse response, bool isJson)
    {
        _response = response;
        IsJson = isJson;
    }

    /// <summary>Whether question and answer are JSON.</summary>
    public bool IsJson { get; }

    /// <summary>Answers 200.</summary>
    public Task OkAsync(IMessage message) => WriteAsync(StatusCodes.Status200OK, message);

    /// <summary>Answers an error.</summary>
    public Task ErrorAsync(int status, int code, string message) => WriteAsync(status, new Status { Code = code, Message = message });

    private async Task WriteAsync(int status, IMessage message)
    {
        var bytes = IsJson ? OtlpJson.Format(message) : message.ToByteArray();
        _response.StatusCode = status;
        _response.ContentType = IsJson ? MediaTypeNames.Application.Json : Protobuf;
        _response.ContentLength = bytes.Length;
        await _response.Body.WriteAsync(bytes, _response.HttpContext.RequestAborted);
    }
}
