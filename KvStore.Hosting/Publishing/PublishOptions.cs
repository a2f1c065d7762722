using Microsoft.Extensions.Configuration;

namespace KvStore.Hosting.Publishing;

/// <summary>What the command line asks to be published.</summary>
internal sealed record PublishOptions
{
    /// <summary>The step that writes the compose file.</summary>
    public const string ComposeStep = "publish";

    /// <summary>The step that writes the manifest.</summary>
    public const string ManifestStep = "publish-manifest";

    /// <summary>The options of the command line, and where the configuration has them.</summary>
    public static IDictionary<string, string> Switches { get; } = new Dictionary<string, string>
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--step"] = "Pipeline:Step",
        ["--output-path"] = "Pipeline:OutputPath",
    };

    /// <summary>The step that was asked for.</summary>
    public required string Step { get; init; }

    /// <summary>Where to, absolute.</summary>
    public required string OutputPath { get; init; }

    /// <summary>What is wrong with the options, or null.</summary>
    public string? Fault { get; init; }

    /// <summary>Reads the options.</summary>
    /// <param name="configuration">The command line's, by <see cref="Switches"/>.</param>
    /// <param name="directory">What a relative path is relative to.</param>
    /// <returns>Null when the application is to run.</returns>
    public static PublishOptions? Read(IConfiguration configuration, string directory)
    {
        var operation = configuration["AppHost:Operation"];
        var publisher = configuration["Publishing:Publisher"];
        if (IsText(operation, "run") || (operation is null && publisher is null))
        {
            return null;
        }

        var step = configuration["Pipeline:Step"] ?? (IsText(publisher, "manifest") ? ManifestStep : ComposeStep);
        return new()
        {
            Step = step,
            OutputPath = Path.GetFullPath(configuration["Pipeline:OutputPath"] ?? "aspire-output", directory),
            Fault = operation is not null && !IsText(operation, "publish") ? $"--operation is '{operation}': it must be 'run' or 'publish'."
                : publisher is not null && !IsText(publisher, "manifest") ? $"--publisher is '{publisher}': it must be 'manifest'. A compose file is what --operation publish --step publish writes."
                : step is not (ComposeStep or ManifestStep) ? $"--step is '{step}': the embedded engine has '{ComposeStep}' and '{ManifestStep}'."
                : null,
        };
    }

    private static bool IsText(string? text, string other) => string.Equals(text, other, StringComparison.OrdinalIgnoreCase);
}
