using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KvStore.Tests.Crash;

/// <summary>The network of the crash rounds loses, holds up and breaks off what it is told to.</summary>
public sealed class TcpLinkTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TcpListener _follower = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private TcpLink? _link;

    private TcpLink Link => _link ?? throw new InvalidOperationException("There is no link yet.");

    public Task InitializeAsync()
    {
        _follower.Start();
        _link = new TcpLink(() => new Uri($"http://{_follower.LocalEndpoint}"));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Link.DisposeAsync();

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _follower.Dispose();
    }

    [Fact]
    public async Task A_whole_link_passes_bytes_and_ends_both_ways()
    {
        var (leader, follower) = await ConnectAsync();

        await SendAsync(leader, "request");
        Assert.Equal("request", await ReceiveAsync(follower));
        await SendAsync(follower, "answer");
        Assert.Equal("answer", await ReceiveAsync(leader));
        leader.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReceiveAsync(follower));
        follower.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReceiveAsync(leader));
    }

    [Fact]
    public async Task Lost_requests_arrive_when_the_link_is_healed_and_answers_pass_meanwhile()
    {
        var (leader, follower) = await ConnectAsync();
        Link.Cut(LinkCut.LostRequests);
        await SendAsync(leader, "request");
        var request = ReceiveAsync(follower);

        await SendAsync(follower, "answer");
        Assert.Equal("answer", await ReceiveAsync(leader));
        Assert.False(request.IsCompleted);

        Link.Heal();
        Assert.Equal("request", await request);
    }

    [Fact]
    public async Task Lost_answers_arrive_when_the_link_is_healed_and_requests_pass_meanwhile()
    {
        var (leader, follower) = await ConnectAsync();
        Link.Cut(LinkCut.LostAnswers);
        await SendAsync(follower, "answer");
        var answer = ReceiveAsync(leader);

        await SendAsync(leader, "request");
        Assert.Equal("request", await ReceiveAsync(follower));
        Assert.False(answer.IsCompleted);

        Link.Heal();
        Assert.Equal("answer", await answer);
    }

    [Fact]
    public async Task What_a_black_hole_took_arrives_also_when_its_sender_is_gone()
    {
        var (leader, follower) = await ConnectAsync();
        Link.Cut(LinkCut.BlackHole);
        await SendAsync(leader, "late");
        leader.Dispose();
        var late = ReceiveAsync(follower);

        // Another connection is made, as far as its client can tell, and nothing comes of it.
        var other = await ConnectLeaderAsync();
        await SendAsync(other, "other");
        Assert.False(late.IsCompleted);

        Link.Heal();
        Assert.Equal("late", await late);
        Assert.Equal("", await ReceiveAsync(follower));
        Assert.Equal("other", await ReceiveAsync(await AcceptAsync()));
    }

    [Fact]
    public async Task A_reset_link_breaks_off_old_and_new_connections_until_it_is_healed()
    {
        var (leader, follower) = await ConnectAsync();

        Link.Cut(LinkCut.Reset);

        await AssertResetAsync(() => ReceiveAsync(leader));
        await AssertResetAsync(() => ReceiveAsync(follower));
        await AssertResetAsync(ConnectAndReceiveAsync);
        Link.Heal();
        (leader, follower) = await ConnectAsync();
        await SendAsync(leader, "healed");
        Assert.Equal("healed", await ReceiveAsync(follower));
    }

    [Fact]
    public async Task A_follower_that_is_not_there_is_a_connection_broken_off()
    {
        _follower.Stop();

        await AssertResetAsync(ConnectAndReceiveAsync);
    }

    private async Task<(Socket Leader, Socket Follower)> ConnectAsync() => (await ConnectLeaderAsync(), await AcceptAsync());

    private async Task<Socket> ConnectLeaderAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        var address = new Uri(Link.Address);
        await socket.ConnectAsync(address.Host, address.Port).WaitAsync(Deadline);
        return socket;
    }

    private async Task<string> ConnectAndReceiveAsync() => await ReceiveAsync(await ConnectLeaderAsync());

    private async Task<Socket> AcceptAsync()
    {
        var socket = await _follower.AcceptSocketAsync().WaitAsync(Deadline);
        _sockets.Add(socket);
        return socket;
    }

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text));

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[100];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer).WaitAsync(Deadline));
    }

    private static async Task AssertResetAsync(Func<Task<string>> use) =>
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(use)).SocketErrorCode);
}
