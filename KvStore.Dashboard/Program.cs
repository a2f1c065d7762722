using KvStore.Dashboard;
using KvStore.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

if (args is [HealthCheckCommand.Name])
{
    return HealthCheckCommand.Run(defaultPort: 18888, Console.Error);
}

try
{
    await using var dashboard = DashboardApplication.Build(args);
    await dashboard.RunAsync();
    return 0;
}
catch (OperationCanceledException)
{
    return 0; // Told to stop while it was still starting.
}
catch (Exception e) when (e is IOException or OptionsValidationException)
{
    // The person at the console can mend these; a stack trace would only hide what to do.
    await Console.Error.WriteLineAsync($"The dashboard cannot start.{Environment.NewLine}{e.Message}");
    return 1;
}
