using System.Text;
using KvStore.Analysis.Bench.Protocols;

namespace KvStore.Tests.Analysis.Bench;

public class HttpAnswerTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:5\r\nServer: x\r\n\r\nhello", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n1;x=y\r\nl\r\nA\r\n0123456789\r\n0\r\n\r\n", "hel0123456789")]
    public void An_answer_that_comes_byte_by_byte_is_there_with_its_last_byte_and_not_before(string text, string body)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(HttpAnswer.TryRead(bytes.AsSpan(0, length), out _));
        }

        Assert.True(HttpAnswer.TryRead(bytes, out var answer));
        Assert.Null(answer.Fault);
        Assert.Equal(200, answer.Status);
        Assert.Equal(body, Encoding.ASCII.GetString(answer.Body));
        Assert.Equal(bytes.Length, answer.Length);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n")]
    public void What_follows_an_answer_is_not_part_of_it(string text)
    {
        Assert.True(HttpAnswer.TryRead(Encoding.ASCII.GetBytes(text + "HTTP/1.1 200 OK\r\n"), out var answer));
        Assert.Equal(503, answer.Status);
        Assert.Equal("no", Encoding.ASCII.GetString(answer.Body));
        Assert.Equal(text.Length, answer.Length);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n")]
    public void Bytes_that_are_no_answer_are_a_fault_and_not_awaited_for_ever(string text)
    {
        Assert.True(HttpAnswer.TryRead(Encoding.ASCII.GetBytes(text), out var answer));
        Assert.NotNull(answer.Fault);
    }
}
