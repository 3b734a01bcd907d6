Console.WriteLine("uvlm");
