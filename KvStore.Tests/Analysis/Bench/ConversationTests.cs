using System.Net;
using System.Text;
using System.Text.Json;
using KvStore.Analysis.Bench.Load;
using KvStore.Analysis.Bench.Protocols;

namespace KvStore.Tests.Analysis.Bench;

public class ConversationTests
{
    private static readonly Workload Workload = new() { ValueBytes = 20, WriteQuorum = 3 };
    private static readonly IPEndPoint Server = new(IPAddress.Loopback, 8000);

    [Fact]
    public void A_write_to_KvStore_is_a_request_with_the_key_and_a_value_of_the_size_that_was_asked_for()
    {
        var request = Write(new KvStoreConversation(Workload, Server, seed: 1), new(RequestKind.Write, 1234));
        var parts = request.Split("\r\n\r\n");
        Assert.StartsWith("POST /keys HTTP/1.1\r\n", request);
        Assert.Contains($"Content-Length: {parts[1].Length}", parts[0]);
        var body = JsonSerializer.Deserialize<JsonElement>(parts[1]);
        Assert.Equal("key-000001234", body.GetProperty("key").GetString());
        Assert.Equal(20, body.GetProperty("value").GetString()!.Length);
    }

    [Fact]
    public void Values_differ_and_the_same_seed_gives_the_same_ones()
    {
        var (one, same) = (new KvStoreConversation(Workload, Server, seed: 1), new KvStoreConversation(Workload, Server, seed: 1));
        var write = new Request(RequestKind.Write, 0);
        var first = Write(one, write);
        Assert.Equal(first, Write(same, write));
        Assert.NotEqual(first, Write(one, write));
    }

    [Theory]
    [InlineData(nameof(RequestKind.Write), "200 OK", """{"replicated_to":3,"version":1}""", true)]
    [InlineData(nameof(RequestKind.Write), "200 OK", """{"replicated_to":2,"version":1}""", false)]
    [InlineData(nameof(RequestKind.Write), "200 OK", "{}", false)]
    [InlineData(nameof(RequestKind.Write), "503 Service Unavailable", """{"replicated_to":3}""", false)]
    [InlineData(nameof(RequestKind.Read), "200 OK", """{"value":"v"}""", true)]
    [InlineData(nameof(RequestKind.Read), "404 Not Found", """{"detail":"Key not found"}""", false)]
    [InlineData(nameof(RequestKind.Alive), "200 OK", "{}", true)]
    public void An_answer_of_KvStore_is_good_when_it_is_200_and_a_write_has_its_quorum(string kind, string status, string body, bool isGood) =>
        Expect(new KvStoreConversation(Workload, Server, 1), kind, Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n\r\n{body}"), isGood);

    [Fact]
    public void A_write_to_Redis_is_SET_and_WAIT_in_one_packet()
    {
        var request = Write(new RedisConversation(Workload, seed: 1), new(RequestKind.Write, 7));
        Assert.Matches(
            "^\\*3\r\n\\$3\r\nSET\r\n\\$13\r\nkey-000000007\r\n\\$20\r\n[a-zA-Z0-9]{20}\r\n\\*3\r\n\\$4\r\nWAIT\r\n\\$1\r\n3\r\n\\$4\r\n5000\r\n$", request);
        Assert.Equal("*2\r\n$3\r\nGET\r\n$13\r\nkey-000000007\r\n", Write(new RedisConversation(Workload, seed: 1), new(RequestKind.Read, 7)));
    }

    [Theory]
    [InlineData(nameof(RequestKind.Write), "+OK\r\n:3\r\n", true)]
    [InlineData(nameof(RequestKind.Write), "+OK\r\n:5\r\n", true)]
    [InlineData(nameof(RequestKind.Write), "+OK\r\n:2\r\n", false)]
    [InlineData(nameof(RequestKind.Write), "-MISCONF no\r\n:3\r\n", false)]
    [InlineData(nameof(RequestKind.Write), "+OK\r\n-ERR no\r\n", false)]
    [InlineData(nameof(RequestKind.Read), "$3\r\nabc\r\n", true)]
    [InlineData(nameof(RequestKind.Read), "$0\r\n\r\n", true)]
    [InlineData(nameof(RequestKind.Read), "$-1\r\n", false)]
    public void An_answer_of_Redis_is_good_when_it_is_OK_and_enough_replicas_have_acknowledged(string kind, string text, bool isGood) =>
        Expect(new RedisConversation(Workload, 1), kind, Encoding.ASCII.GetBytes(text), isGood);

    // The first answer on a connection of etcd 3.4: settings, headers, the message and trailers.
    [Theory]
    [InlineData(nameof(RequestKind.Write), "04:0:0: 01:4:1:88 00:0:1:00000000040A021801 01:5:1:88", true)]
    [InlineData(nameof(RequestKind.Write), "01:5:1:88", false)]
    [InlineData(nameof(RequestKind.Write), "01:4:1:88 00:0:1:0000000000 01:5:1:88", false)]
    [InlineData(nameof(RequestKind.Write), "03:0:1:00000002", false)]
    [InlineData(nameof(RequestKind.Read), "01:4:1:88 00:0:1:00000000060A0218011200 01:5:1:88", true)]
    [InlineData(nameof(RequestKind.Read), "01:4:1:88 00:0:1:00000000040A021801 01:5:1:88", false)]
    public void An_answer_of_etcd_is_good_when_it_has_a_message_and_a_read_has_a_value(string kind, string frames, bool isGood) =>
        Expect(new EtcdConversation(Workload, Server, 1), kind, Frames(frames), isGood);

    [Fact]
    public void What_etcd_is_owed_goes_with_the_next_request()
    {
        var conversation = new EtcdConversation(Workload, Server, seed: 1);
        Assert.StartsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Write(conversation, new(RequestKind.Write, 1)));
        Assert.Equal(AnswerState.Good, conversation.Read(Frames("06:0:0:0102030405060708 01:4:1:88 00:0:1:00000000040A021801 01:5:1:88"), out _));
        var next = new byte[conversation.RequestBytesMax];
        conversation.Write(new(RequestKind.Write, 2), next);
        Assert.Equal(Frames("06:1:0:0102030405060708"), next[..17]);
    }

    [Fact]
    public void A_server_that_gives_the_connection_up_breaks_it()
    {
        var etcd = new EtcdConversation(Workload, Server, seed: 1);
        Write(etcd, new(RequestKind.Write, 1));
        Assert.Equal(AnswerState.Broken, etcd.Read(Frames("07:0:0:0000000000000000"), out _));
        var kvStore = new KvStoreConversation(Workload, Server, seed: 1);
        Write(kvStore, new(RequestKind.Write, 1));
        Assert.Equal(AnswerState.Broken, kvStore.Read("-ERR unknown command\r\n\r\n"u8, out _));
    }

    private static void Expect(Conversation conversation, string kind, byte[] answer, bool isGood)
    {
        Write(conversation, new(Enum.Parse<RequestKind>(kind), 1));
        var from = 0;
        for (var to = 0; to < answer.Length; to++)
        {
            Assert.Equal(AnswerState.Incomplete, conversation.Read(answer.AsSpan(from, to - from), out var part));
            from += part;
        }

        Assert.Equal(isGood ? AnswerState.Good : AnswerState.Bad, conversation.Read(answer.AsSpan(from), out var rest));
        Assert.Equal(answer.Length, from + rest);
        Assert.Equal(isGood, conversation.Error.Length == 0);
    }

    private static string Write(Conversation conversation, Request request)
    {
        var bytes = new byte[conversation.RequestBytesMax];
        return Encoding.Latin1.GetString(bytes, 0, conversation.Write(request, bytes));
    }

    // Frames as type:flags:stream:payload, the payload in hexadecimal digits.
    private static byte[] Frames(string text) => [.. text.Split(' ').SelectMany(frame =>
    {
        var parts = frame.Split(':');
        var payload = Convert.FromHexString(parts[3]);
        var head = new byte[Frame.HeadBytes];
        new Frame((FrameType)Convert.ToByte(parts[0], 16), Convert.ToByte(parts[1], 16), Convert.ToInt32(parts[2], 16), payload.Length).Write(head);
        return head.Concat(payload);
    })];
}
