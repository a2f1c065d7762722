using System.Buffers;
using System.Text;
using KvStore.Node.Replication.Wire;

namespace KvStore.Tests.Replication;

/// <summary>Messages come out as they went in, however the connection cuts them up.</summary>
public sealed class FrameStreamTests : IAsyncLifetime
{
    private const int BytesMax = 100_000;

    private readonly List<(uint Number, string Message)> _read = [];
    private Connection _connection = null!;
    private FrameStream _frames = null!;

    public async Task InitializeAsync()
    {
        _connection = await Connection.OpenAsync();
        _frames = new FrameStream(_connection.Near, BytesMax);
    }

    public Task DisposeAsync()
    {
        _connection.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(int.MaxValue)]
    public async Task Frames_are_read_in_whatever_pieces_they_arrive(int piece)
    {
        byte[] sent = [.. Frame(1, "one"), .. Frame(uint.MaxValue, ""), .. Frame(3, new string('x', 300))];
        var reading = ReadAsync();

        foreach (var part in sent.Chunk(piece))
        {
            await _connection.Far.WriteAsync(part);
        }

        _connection.Far.Dispose();
        await reading;
        Assert.Equal([(1u, "one"), (uint.MaxValue, ""), (3u, new string('x', 300))], _read);
    }

    [Fact]
    public async Task The_longest_message_is_read()
    {
        var reading = ReadAsync();

        await _connection.Far.WriteAsync(Frame(1, new string('x', BytesMax)));

        _connection.Far.Dispose();
        await reading;
        Assert.Equal(BytesMax, Assert.Single(_read).Message.Length);
    }

    [Theory]
    [InlineData(BytesMax + 1)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task A_length_that_no_message_has_ends_the_reading_before_anything_is_kept_for_it(int length)
    {
        await _connection.Far.WriteAsync((byte[])[.. BitConverter.GetBytes(length), 1, 0, 0, 0]);

        var refused = await Assert.ThrowsAsync<InvalidDataException>(ReadAsync);

        Assert.Contains($"{length} bytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_ends_within_a_message_is_broken()
    {
        await _connection.Far.WriteAsync(Frame(1, "whole"));
        await _connection.Far.WriteAsync(Frame(2, "half").AsMemory()[..^1]);
        _connection.Far.Dispose();

        await Assert.ThrowsAsync<IOException>(ReadAsync);

        Assert.Equal([(1u, "whole")], _read);
    }

    [Fact]
    public async Task Frames_of_many_writers_do_not_mix()
    {
        var far = new FrameStream(_connection.Far, BytesMax);
        var reading = ReadAsync();

        await Task.WhenAll(Enumerable.Range(1, 50).Select(i => Task.Run(() => far.WriteAsync(Frame((uint)i, new string((char)('A' + (i % 26)), 20_000))))));

        _connection.Far.Dispose();
        await reading;
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (uint)i), _read.Select(frame => frame.Number).Order());
        Assert.All(_read, frame => Assert.Equal(new string((char)('A' + (frame.Number % 26)), 20_000), frame.Message));
    }

    [Fact]
    public async Task Nothing_is_written_after_the_end()
    {
        var far = new FrameStream(_connection.Far, BytesMax);
        await far.WriteAsync(Frame(1, "before"));
        await far.CloseAsync();
        await far.WriteAsync(Frame(2, "after"));
        _connection.Far.Dispose();

        await ReadAsync();

        Assert.Equal([(1u, "before")], _read);
    }

    private static byte[] Frame(uint number, string message)
    {
        byte[] frame = [.. new byte[FrameStream.HeaderBytes], .. Encoding.UTF8.GetBytes(message)];
        FrameStream.WriteHeader(frame, number);
        return frame;
    }

    private Task ReadAsync() => _frames.ReadAsync(
        (number, message) => _read.Add((number, Encoding.UTF8.GetString(message.ToArray()))), CancellationToken.None);
}
