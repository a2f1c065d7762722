using System.Buffers;
using System.Text;
using KvStore.Node.Api;

namespace KvStore.Tests.Api;

/// <summary>The quick reading of a write's body: what it takes, it takes as the careful reading does; the rest it leaves to that.</summary>
public sealed class WriteRequestTests
{
    [Theory]
    [InlineData("""{"key":"k","value":"v"}""")]
    [InlineData(""" { "value" : "v" , "key" : "k" } """)]
    [InlineData("""{"key":"k","value":""}""")]
    [InlineData("""{"key":"a\"\\\/\b\f\n\r\tz","value":"\u0000\u00e9\ud83d\ude00"}""")]
    [InlineData("""{"key":"é😀","value":"ü"}""")]
    [InlineData("""{"k\u0065y":"escaped name","value":"v"}""")]
    [InlineData("""{"key":"first","value":"first","value":"last","key":"last"}""")]
    [InlineData("""{"key":null,"value":{"a":[1]},"key":"k","value":"v"}""")]
    public async Task A_plain_body_is_read_as_the_careful_reading_reads_it(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var (fields, _) = await JsonFields.ParseAsync(bytes);
        using (fields)
        {
            for (var at = 0; at <= bytes.Length; at++)
            {
                var read = WriteRequest.TryRead(Split(bytes, at));

                Assert.Equal(fields!.Key("key"), read?.Key);
                Assert.Equal(fields.Value("value"), read?.Value);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"key":"k"}""")]
    [InlineData("""{"key":"k","value":"v"}}""")]
    [InlineData("""{"key":"k","value":"v" """)]
    [InlineData("""{"key":"k","value":"v","other":1}""")]
    [InlineData("""{"key":"k","value":"v","\ud800":1}""")]
    [InlineData("""{"key":"","value":"v"}""")]
    [InlineData("""{"key":"a\u0000","value":"v"}""")]
    [InlineData("""{"key":"\ud83d","value":"v"}""")]
    [InlineData("""{"key":"k","value":"v","value":null}""")]
    [InlineData("\ufeff{\"key\":\"k\",\"value\":\"v\"}")]
    public void What_is_not_plainly_right_is_left_to_it(string body) => Assert.Null(WriteRequest.TryRead(new(Encoding.UTF8.GetBytes(body))));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_left_to_it()
    {
        byte[] body = [.. "{\"key\":\"k\",\"value\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        Assert.Null(WriteRequest.TryRead(new(body)));
    }

    [Theory]
    [InlineData(JsonFields.KeyBytesMax, 1, true)]
    [InlineData(JsonFields.KeyBytesMax + 1, 1, false)]
    [InlineData(1, JsonFields.ValueBytesMax, true)]
    [InlineData(1, JsonFields.ValueBytesMax + 1, false)]
    public void The_limits_are_the_same(int keyBytes, int valueBytes, bool isTaken)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"key":"{{new string('k', keyBytes)}}","value":"{{new string('v', valueBytes)}}"}""");

        Assert.Equal(isTaken, WriteRequest.TryRead(new(body)) is not null);
    }

    private static ReadOnlySequence<byte> Split(byte[] bytes, int at)
    {
        var first = new Part(bytes.AsMemory(0, at), 0);
        var second = first.Append(bytes.AsMemory(at));
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Part Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Part(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
