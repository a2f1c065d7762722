using System.IO.Pipes;
using KvStore.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace KvStore.Tests.ServiceDefaults;

public sealed class StopOnInputEndTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    // The two ends of a pipe, as between an engine and its service.
    private readonly AnonymousPipeServerStream _engine = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream _input;
    private readonly TaskCompletionSource<string> _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StopOnInputEndTests()
    {
        _input = new(PipeDirection.In, _engine.ClientSafePipeHandle);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _input.Dispose();
    }

    [Fact]
    public async Task The_service_stops_when_its_input_ends_and_not_before()
    {
        await using var app = Build(Timeout.InfiniteTimeSpan);
        await app.StartAsync();
        var stopped = app.WaitForShutdownAsync();

        _engine.Write("not the end\n"u8);
        Assert.False(app.Lifetime.ApplicationStopping.IsCancellationRequested);
        _engine.Dispose();

        await stopped.WaitAsync(Deadline);
    }

    [Fact]
    public async Task The_service_stops_when_its_input_ended_before_it_started()
    {
        _engine.Dispose();
        var app = Build(Timeout.InfiniteTimeSpan);
        var stopping = app.Lifetime.ApplicationStopping;

        await RunAsync(app).WaitAsync(Deadline);

        Assert.True(stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_service_that_does_not_stop_is_killed()
    {
        await using var app = Build(TimeSpan.Zero);

        _engine.Dispose();

        Assert.Contains("killing", await _killed.Task.WaitAsync(Deadline));
    }

    [Fact]
    public void Without_the_variable_the_input_is_not_read()
    {
        var builder = TestService.Builder();
        builder.AddServiceDefaults();

        Assert.DoesNotContain(builder.Services, service => service.ImplementationFactory?.Method.ReturnType == typeof(StopOnInputEnd));
    }

    [Fact]
    public void The_variable_is_true_or_false()
    {
        var builder = TestService.Builder(new() { ["KVSTORE_STOP_ON_STDIN_EOF"] = "yes" });

        var error = Assert.Throws<OptionsValidationException>(builder.AddServiceDefaults);

        Assert.Contains("KVSTORE_STOP_ON_STDIN_EOF is 'yes', allowed is true or false.", error.Message);
    }

    private static async Task RunAsync(WebApplication app)
    {
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException)
        {
            // How the host reports that it was stopped while it was starting.
        }
    }

    private WebApplication Build(TimeSpan shutdownLimit)
    {
        var builder = TestService.Builder();
        builder.StopOnEndOf(_input, shutdownLimit, _killed.SetResult);
        return builder.Build();
    }
}
