using System.Globalization;

namespace KvStore.Tests.Crash;

/// <summary>Which rounds are run: ten from a random seed on, unless the environment says otherwise.</summary>
internal static class CrashSettings
{
    private const string RoundsVariable = "KVSTORE_CRASH_ROUNDS";
    private const string SeedVariable = "KVSTORE_CRASH_SEED";
    private const int RoundsDefault = 10;
    private const int Max = 1_000_000;

    /// <summary>How many rounds are run.</summary>
    public static int Rounds { get; } = Read(RoundsVariable, 1) ?? RoundsDefault;

    /// <summary>The seed of the first; the others follow it.</summary>
    public static int FirstSeed { get; } = Read(SeedVariable, 0) ?? Random.Shared.Next(Max);

    /// <summary>The command that runs the round of a seed once more.</summary>
    public static string Replay(int seed) => $"{SeedVariable}={seed} {RoundsVariable}=1 dotnet test --filter \"FullyQualifiedName~{nameof(CrashRoundTests)}\"";

    private static int? Read(string variable, int min)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= 2 * Max
            ? number
            : throw new ArgumentException($"{variable} is '{text}'; it is a number from {min} to {2 * Max}.");
    }
}
