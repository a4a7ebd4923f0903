namespace Colloquy.SandboxHost.Isolation;

/// <summary>What holds the processes and files of one sandbox.</summary>
internal interface ICage
{
    /// <summary>The home folder as commands see it.</summary>
    string Home { get; }

    CageFiles Files { get; }

    /// <summary>Null without isolation.</summary>
    Namespaces? Namespaces { get; }

    /// <summary>Completes once every process in it is gone, whoever ended it.</summary>
    Task Ended { get; }

    /// <summary>Makes the next <see cref="EnterAsync"/> quick, if there is none that waits already.</summary>
    void Prepare();

    /// <exception cref="SandboxGoneException">It has ended.</exception>
    Task<Entrance> EnterAsync();

    /// <summary>False from the moment in which its end begins, before anybody can have seen a process of it end.</summary>
    Task<bool> IsAliveAsync();

    /// <summary>Signals the process that the sandbox knows by this pid.</summary>
    Task SignalAsync(int pid, int signal);

    /// <summary>Kills every process in it and waits for <see cref="Ended"/>.</summary>
    Task KillAsync();
}
