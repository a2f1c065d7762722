using System.Reflection;
using System.Reflection.Emit;
using KvStore.Hosting.Engine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace KvStore.Tests.Hosting;

/// <summary>Where a parameter has its value from.</summary>
public sealed class ParameterTests
{
    [Fact]
    public void The_configuration_gives_the_value() =>
        Assert.Equal("5", DistributedApplication.CreateBuilder(["--Parameters:write-quorum=5"]).AddParameter("write-quorum").Resource.Value);

    [Fact]
    public void The_configuration_may_write_a_hyphen_as_an_underscore() =>
        Assert.Equal("5", DistributedApplication.CreateBuilder(["--Parameters:write_quorum=5"]).AddParameter("write-quorum").Resource.Value);

    [Fact]
    public void A_constant_is_not_changed_by_the_configuration() =>
        Assert.Equal("3", DistributedApplication.CreateBuilder(["--Parameters:write-quorum=5"]).AddParameter("write-quorum", "3").Resource.Value);

    [Fact]
    public void The_configuration_goes_before_a_generated_value() =>
        Assert.Equal("given", DistributedApplication.CreateBuilder(["--Parameters:secret=given"])
            .AddParameter("secret", new GenerateParameterDefault(), secret: true, persist: true).Resource.Value);

    [Fact]
    public void A_generated_value_is_made_once_and_has_its_length_and_no_special_characters()
    {
        var secret = DistributedApplication.CreateBuilder([])
            .AddParameter("secret", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true).Resource;

        Assert.Equal(32, secret.Value.Length);
        Assert.All(secret.Value, character => Assert.True(char.IsAsciiLetterOrDigit(character)));
        Assert.Equal(secret.Value, secret.Value);
    }

    [Fact]
    public void A_secret_is_not_published() =>
        Assert.Throws<ArgumentException>(() => DistributedApplication.CreateBuilder([]).AddParameter("s", "v", publishValueAsDefault: true, secret: true));

    [Fact]
    public void A_persisted_value_is_kept_beside_the_secrets_that_are_there_for_its_user_alone()
    {
        var id = $"kvstore-tests-{Guid.NewGuid():N}";
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("AppHost"), AssemblyBuilderAccess.Run);
        assembly.SetCustomAttribute(new CustomAttributeBuilder(typeof(UserSecretsIdAttribute).GetConstructor([typeof(string)])!, [id]));
        var secrets = UserSecrets.Of(assembly)!;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(secrets.FilePath)!);
            File.WriteAllText(secrets.FilePath, "{ /* by hand */ \"Other\": \"kept\", }");

            secrets.Set("Parameters:cluster-secret", "made");

            var read = new ConfigurationBuilder().AddUserSecrets(id).Build();
            Assert.Equal("made", read["Parameters:cluster-secret"]);
            Assert.Equal("kept", read["Other"]);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secrets.FilePath));
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(secrets.FilePath)!, recursive: true);
        }
    }
}
