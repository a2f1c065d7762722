using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using KvStore.Hosting.ApplicationModel;
using KvStore.Hosting.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KvStore.Hosting.Control;

/// <summary>What can be asked of the control endpoint: the resources, commands on them, their consoles.</summary>
internal sealed class ControlApi
{
    /// <summary>
    /// Ends the process at once, with SIGKILL where there are signals. Aspire has no such command, so it is none of
    /// <see cref="KnownResourceCommands"/>.
    /// </summary>
    public const string KillCommand = "kill";

    private readonly ControlAccess _access;
    private readonly Orchestrator _orchestrator;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceCommandService _commands;
    private readonly CancellationToken _applicationStopping;

    public ControlApi(
        ControlAccess access,
        Orchestrator orchestrator,
        ResourceNotificationService notifications,
        CancellationToken applicationStopping)
    {
        _access = access;
        _orchestrator = orchestrator;
        _notifications = notifications;
        _commands = new ResourceCommandService(orchestrator);
        _applicationStopping = applicationStopping;
    }

    public void Map(WebApplication app)
    {
        app.Use(RefuseStrangersAsync);
        app.MapGet("/resources", ListAsync);
        app.MapPost("/resources/{name}/{command}", ExecuteAsync);
        app.MapGet("/resources/{name}/console", ReadConsoleAsync);
        app.Map("/{**path}", context => WriteProblemAsync(context, StatusCodes.Status404NotFound, "Not found", "There is nothing at this path."));
    }

    private Task RefuseStrangersAsync(HttpContext context, RequestDelegate next)
    {
        if (!_access.IsAddressed(context.Request))
        {
            return WriteProblemAsync(
                context, StatusCodes.Status403Forbidden, "Forbidden", $"This is for programs that were given {_access.Url}, and not for pages in a browser.");
        }

        if (!_access.HasToken(context.Request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return WriteProblemAsync(
                context, StatusCodes.Status401Unauthorized, "Unauthorized", $"Send the token of {ControlAccess.TokenVariable}: Authorization: Bearer TOKEN.");
        }

        return next(context);
    }

    private Task ListAsync(HttpContext context)
    {
        var resources = _orchestrator.Runners.Select(runner => ResourceDescriber.Describe(runner, _notifications.GetSnapshot(runner.Resource.Name)));
        return WriteAsync(context, new ResourceList([.. resources]), ControlJson.Default.ResourceList);
    }

    // A caller that goes away does not call its command back: the dashboard may be what is restarted.
    private async Task ExecuteAsync(HttpContext context)
    {
        var command = (string)context.Request.RouteValues["command"]!;
        if (await FindRunnerAsync(context) is not { } runner)
        {
            return;
        }

        if (command != KillCommand
            && command != KnownResourceCommands.StartCommand
            && command != KnownResourceCommands.StopCommand
            && command != KnownResourceCommands.RestartCommand)
        {
            await WriteProblemAsync(context, StatusCodes.Status404NotFound, "No such command", $"Resource '{runner.Resource.Name}' has no command '{command}'.");
            return;
        }

        if (await ExecuteAsync(runner, command) is { Success: false, Message: var message })
        {
            await WriteProblemAsync(context, StatusCodes.Status409Conflict, "The command cannot be done", message!);
            return;
        }

        await WriteAsync(context, new CommandDone(true), ControlJson.Default.CommandDone);
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(ProjectRunner runner, string command)
    {
        try
        {
            return command == KillCommand
                ? await runner.KillAsync(_applicationStopping)
                : await _commands.ExecuteCommandAsync(runner.Resource.Name, command, _applicationStopping);
        }
        catch (OperationCanceledException) when (_applicationStopping.IsCancellationRequested)
        {
            return ExecuteCommandResult.Failure("The application is stopping.");
        }
    }

    private async Task ReadConsoleAsync(HttpContext context)
    {
        if (await FindRunnerAsync(context) is not { } runner)
        {
            return;
        }

        long after = 0;
        if (context.Request.Query["after"] is [{ } text]
            && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            await WriteProblemAsync(context, StatusCodes.Status400BadRequest, "Bad request", $"after is '{text}'; it must be the number of a line, or 0.");
            return;
        }

        await WriteAsync(context, runner.Console.Read(after), ControlJson.Default.ConsolePage);
    }

    /// <returns>Null when there is none, and the answer says so.</returns>
    private async Task<ProjectRunner?> FindRunnerAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        var runner = _orchestrator.FindRunner(name);
        if (runner is null)
        {
            await WriteProblemAsync(context, StatusCodes.Status404NotFound, "No such resource", $"There is no resource '{name}'.");
        }

        return runner;
    }

    private static Task WriteProblemAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new Problem(title, status, detail), ControlJson.Default.Problem, "application/problem+json");
    }

    private static Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> typeInfo, string contentType = "application/json")
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, typeInfo, contentType);
    }
}
