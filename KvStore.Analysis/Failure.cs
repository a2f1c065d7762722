using Spectre.Console;
using Spectre.Console.Cli;

namespace KvStore.Analysis;

/// <summary>Says why a command ends, in one line where the reason is a known one.</summary>
internal static class Failure
{
    /// <summary>The exit code of a run that found something wrong, or could not be made.</summary>
    public const int ExitCode = 1;

    /// <summary>The exit code after Ctrl-C, as shells have it.</summary>
    public const int StoppedExitCode = 130;

    /// <summary>Writes to standard error.</summary>
    /// <returns>The exit code.</returns>
    public static int Report(Exception exception)
    {
        if (exception is OperationCanceledException)
        {
            return StoppedExitCode;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        console.Profile.Width = Math.Max(console.Profile.Width, 1000); // One line, whatever the terminal makes of it.
        console.MarkupLineInterpolated($"[red]{(exception is AnalysisException or CommandAppException ? exception.Message : exception.ToString())}[/]");
        return ExitCode;
    }
}
