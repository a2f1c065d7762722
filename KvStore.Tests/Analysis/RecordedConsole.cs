using Spectre.Console;

namespace KvStore.Tests.Analysis;

/// <summary>A console that writes into a text.</summary>
internal static class RecordedConsole
{
    /// <summary>Makes one.</summary>
    public static (IAnsiConsole Console, StringWriter Text) Create()
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = 200;
        return (console, text);
    }
}
