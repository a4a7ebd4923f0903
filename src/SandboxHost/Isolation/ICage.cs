using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>What holds the processes and files of one sandbox.</summary>
internal interface ICage
{
    /// <summary>The home folder as commands see it.</summary>
    string Home { get; }

    CageFiles Files { get; }

    /// <summary>Null without isolation.</summary>
    Namespaces? Namespaces { get; }

    ProcessFolders Processes { get; }

    /// <summary>The process whose end is the sandbox's. Null if nothing holds its processes together.</summary>
    ProcessIdentity? Init { get; }

    /// <summary>Completes once every process in it is gone, whoever ended it; canceled if this server left it.</summary>
    Task Ended { get; }

    /// <summary>Makes the next <see cref="EnterAsync"/> quick, if there is none that waits already.</summary>
    void Prepare();

    /// <exception cref="SandboxGoneException">It has ended.</exception>
    /// <exception cref="SandboxFullException"/>
    Task<Entrance> EnterAsync();

    /// <summary>False from the moment in which its end begins, before anybody can have seen a process of it end.</summary>
    Task<bool> IsAliveAsync();

    /// <summary>Kills every process in it and waits for <see cref="Ended"/>.</summary>
    Task KillAsync();

    /// <summary>Closes all that this server has of it. What runs in it runs on, for a later server to adopt.</summary>
    Task LeaveAsync();
}
